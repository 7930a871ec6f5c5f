"""What there is to do now: open orders by state, soonest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pickup import windows
from storefront.commerce import life
from storefront.oscar_apps.order.models import Order, OrderStatus

#: A board is for working; a shop with more open orders has the history's search.
MOST_TICKETS = 400

COLUMNS: dict[OrderStatus, str | Promise] = {
    OrderStatus.PLACED: pgettext_lazy("orders", "New"),
    OrderStatus.ACCEPTED: pgettext_lazy("orders", "Accepted"),
    OrderStatus.PICKING: pgettext_lazy("orders", "Picking"),
    OrderStatus.READY: pgettext_lazy("orders", "Ready"),
}
NOTHING: dict[OrderStatus, str | Promise] = {
    OrderStatus.PLACED: _("No new orders."),
    OrderStatus.ACCEPTED: _("Nothing waits to be picked."),
    OrderStatus.PICKING: _("Nobody is picking."),
    OrderStatus.READY: _("Nothing waits to be collected."),
}
#: What the big button says: the step that comes next.
VERBS: dict[OrderStatus, str | Promise] = {
    OrderStatus.ACCEPTED: _("Accept"),
    OrderStatus.PICKING: _("Start picking"),
    OrderStatus.READY: _("Ready"),
    OrderStatus.COLLECTED: _("Hand over"),
}


class Days(StrEnum):
    """Which orders a board shows; new ones are on each, whatever their day."""

    TODAY = "today"
    TOMORROW = "tomorrow"
    LATER = "later"
    ALL = "all"


DAY_LABELS: dict[Days, str | Promise] = {
    Days.TODAY: _("Today"),
    Days.TOMORROW: _("Tomorrow"),
    Days.LATER: _("Later"),
    Days.ALL: _("All"),
}


@dataclass(frozen=True, slots=True)
class Action:
    """The next step, as a button."""

    to: OrderStatus
    label: str | Promise


@dataclass(frozen=True, slots=True)
class Ticket:
    """An order on the board."""

    order: Order
    slot: str
    day: str
    pieces: int
    lateness: str | Promise
    action: Action | None


@dataclass(frozen=True, slots=True)
class Column:
    """A state with its orders."""

    state: OrderStatus
    title: str | Promise
    tickets: Sequence[Ticket]
    empty: str | Promise


def columns(
    *, days: Days, state: OrderStatus | None, zone: ZoneInfo, now: datetime
) -> list[Column]:
    """Return the columns of the board, or the one asked for."""
    shown = [state] if state in COLUMNS else list(COLUMNS)
    orders = _open().filter(_within(days, zone=zone, now=now), status__in=shown)
    tickets = [
        ticket(order, zone=zone, now=now)
        for order in orders.order_by("collect_from", "pk")[:MOST_TICKETS]
    ]
    return [
        Column(
            state=each,
            title=COLUMNS[each],
            tickets=[found for found in tickets if found.order.status == each],
            empty=NOTHING[each],
        )
        for each in shown
    ]


def coming(*, limit: int, zone: ZoneInfo, now: datetime) -> list[Ticket]:
    """Return the open orders that are collected first."""
    orders = _open().filter(status__in=COLUMNS).order_by("collect_from", "pk")
    return [ticket(order, zone=zone, now=now) for order in orders[:limit]]


def counts(*, zone: ZoneInfo, now: datetime) -> dict[str, int]:
    """Return how many orders each choice of days and each state has."""
    numbers: dict[str, int] = Order.objects.filter(status__in=COLUMNS).aggregate(
        **{
            days.value: Count("pk", filter=_within(days, zone=zone, now=now))
            for days in Days
        },
        late=Count("pk", filter=_is_late(now)),
        **{state.value: Count("pk", filter=Q(status=state)) for state in COLUMNS},
    )
    return numbers


def ticket(order: Order, *, zone: ZoneInfo, now: datetime) -> Ticket:
    """Return an order as the board shows it."""
    starts_at, ends_at = (
        moment.astimezone(zone) for moment in (order.collect_from, order.collect_until)
    )
    is_today = starts_at.date() == now.astimezone(zone).date()
    return Ticket(
        order=order,
        slot=f"{starts_at:%H:%M}–{ends_at:%H:%M}",
        day="" if is_today else date_format(starts_at, "D j M"),
        pieces=getattr(order, "pieces", None) or 0,
        lateness=_lateness(order, now=now),
        action=action(order.status),
    )


def action(status: str) -> Action | None:
    """Return the button of an order in a state."""
    to = life.next_of(status)
    return Action(to, VERBS[to]) if to else None


def in_closed_days(
    closures: Iterable[windows.ClosedDays], *, zone: ZoneInfo
) -> list[list[Order]]:
    """Return, for each closure, the open orders that fall into it."""
    spans = [
        (
            windows.midnight(closure.starts_on, zone),
            windows.midnight(closure.ends_on + windows.ONE_DAY, zone),
        )
        for closure in closures
    ]
    if not spans:
        return []
    within = Q()
    for begins, ends in spans:
        within |= Q(collect_from__gte=begins, collect_from__lt=ends)
    found = list(
        Order.objects.filter(within, status__in=COLUMNS).order_by("collect_from", "pk")
    )
    return [
        [order for order in found if begins <= order.collect_from < ends]
        for begins, ends in spans
    ]


def past(*, words: str) -> QuerySet[Order]:
    """Return orders that are over, newest first; with words, any that match them."""
    orders: QuerySet[Order] = Order.objects.all()
    if words:
        orders = orders.filter(
            Q(number__icontains=words) | Q(customer_name__icontains=words)
        )
    else:
        orders = orders.exclude(status__in=COLUMNS)
    return orders.order_by("-status_changed_at", "-pk")


def _open() -> QuerySet[Order]:
    orders: QuerySet[Order] = Order.objects.annotate(pieces=Sum("lines__quantity"))
    return orders


def _within(days: Days, *, zone: ZoneInfo, now: datetime) -> Q:
    today = now.astimezone(zone).date()
    tomorrow = windows.midnight(today + timedelta(days=1), zone)
    day_after = windows.midnight(today + timedelta(days=2), zone)
    is_new = Q(status=OrderStatus.PLACED)
    match days:
        case Days.TODAY:
            return is_new | Q(collect_from__lt=tomorrow)
        case Days.TOMORROW:
            return Q(collect_from__gte=tomorrow, collect_from__lt=day_after)
        case Days.LATER:
            return Q(collect_from__gte=day_after)
    return Q()


def _is_late(now: datetime) -> Q:
    is_ready = Q(status=OrderStatus.READY)
    return (is_ready & Q(collect_until__lt=now)) | (
        ~is_ready & Q(estimated_ready_at__lt=now)
    )


def _lateness(order: Order, *, now: datetime) -> str | Promise:
    if order.status == OrderStatus.READY:
        return _("Not collected yet") if order.collect_until < now else ""
    return _("Late") if order.estimated_ready_at < now else ""
