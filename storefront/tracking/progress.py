"""An order's state in words: the one thing to know, and the way it has come."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from storefront.oscar_apps.order.models import Order, OrderStatus
from storefront.tracking.selectors import Step

WAY = [
    (OrderStatus.PLACED, pgettext_lazy("order step", "Order received")),
    (OrderStatus.ACCEPTED, pgettext_lazy("order step", "Accepted by the shop")),
    (OrderStatus.PICKING, pgettext_lazy("order step", "Being packed")),
    (OrderStatus.READY, pgettext_lazy("order step", "Ready to collect")),
    (OrderStatus.COLLECTED, pgettext_lazy("order step", "Collected")),
]

HEADLINES: dict[OrderStatus, str | Promise] = {
    OrderStatus.PLACED: gettext_lazy("We have your order"),
    OrderStatus.ACCEPTED: gettext_lazy("Your order is in hand"),
    OrderStatus.PICKING: gettext_lazy("We are packing your order"),
    OrderStatus.READY: gettext_lazy("Ready to collect"),
    OrderStatus.COLLECTED: gettext_lazy("Collected. Enjoy!"),
    OrderStatus.CANCELLED: gettext_lazy("This order is cancelled"),
}
TONES = {OrderStatus.READY: "ready", OrderStatus.CANCELLED: "stopped"}
_ONE_WEEK = 7


@dataclass(frozen=True, slots=True)
class Mark:
    """A step on the timeline; see the component `timeline`."""

    label: str
    state: str
    time: str = ""


def headline(order: Order) -> str:
    """Return the state as one sentence."""
    return str(HEADLINES[OrderStatus(order.status)])


def tone(order: Order) -> str:
    """Return the tone of the component `order_state`."""
    return TONES.get(OrderStatus(order.status), "")


def note(order: Order, *, zone: ZoneInfo, now: datetime) -> str:
    """Return what to expect next, or nothing if the order is over."""
    match OrderStatus(order.status):
        case OrderStatus.COLLECTED:
            return ""
        case OrderStatus.CANCELLED:
            return _("Nothing is kept for you, and there is nothing to pay.")
        case OrderStatus.READY if now <= order.collect_until:
            until = order.collect_until.astimezone(zone)
            words = {
                "time": f"{until:%H:%M}",
                "day": day_word(until, zone=zone, now=now),
            }
            return _("Come until %(time)s %(day)s.") % words
        case OrderStatus.READY:
            return _("It is waiting for you. Tell us if you come later.")
    ready_at = order.estimated_ready_at.astimezone(zone)
    if now > ready_at:
        return _("It takes a little longer than we said. We are on it.")
    words = {"time": f"{ready_at:%H:%M}", "day": day_word(ready_at, zone=zone, now=now)}
    return _("Ready by %(time)s %(day)s.") % words


def day_word(moment: datetime, *, zone: ZoneInfo, now: datetime) -> str:
    """Return "today", "tomorrow", "on Monday" or "on Monday 3 May"."""
    here = moment.astimezone(zone)
    days = (here.date() - now.astimezone(zone).date()).days
    if days == 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    day = date_format(here, "l" if 0 < days < _ONE_WEEK else "l j F")
    return _("on %(day)s") % {"day": day}


def timeline(order: Order, steps: list[Step], *, zone: ZoneInfo) -> list[Mark]:
    """Return the way of an order: steps taken with their times, then those to come."""
    taken = {step.status: _time(step, zone) for step in steps}
    if order.status == OrderStatus.CANCELLED:
        done = [Mark(str(label), "done", taken[s]) for s, label in WAY if s in taken]
        stopped = Mark(_("Cancelled"), "stopped", taken.get(OrderStatus.CANCELLED, ""))
        return [*done, stopped]
    # A template would look a lazy word up three times.
    return [Mark(str(label), _state(order, s), taken.get(s, "")) for s, label in WAY]


def _state(order: Order, status: OrderStatus) -> str:
    way = [status for status, _label in WAY]
    here, there = way.index(OrderStatus(order.status)), way.index(status)
    if there < here or order.status == OrderStatus.COLLECTED:
        return "done"
    return "now" if there == here else "todo"


def _time(step: Step, zone: ZoneInfo) -> str:
    return date_format(step.taken_at.astimezone(zone), "D H:i")
