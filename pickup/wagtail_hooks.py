"""Where orders and pickup hang into the workspace."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from kernel import clock
from pickup import access, board, panels
from pickup.models import PickupSettings
from storefront.oscar_apps.order.models import OrderStatus
from storefront.workspace import today
from tenants import context

MOST_ON_TODAY = 6


class OrdersMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return access.may_see_board(request.user)


class PickupMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return access.may_change_settings(request.user)


@hooks.register("register_admin_urls")
def register_urls() -> list[URLResolver]:
    return [path("", include("pickup.urls"))]


@hooks.register("register_admin_menu_item")
def register_orders() -> MenuItem:
    return OrdersMenuItem(
        _("Orders"), reverse("orders:board"), name="orders", icon_name="list-ul"
    )


@hooks.register("register_admin_menu_item")
def register_pickup() -> MenuItem:
    return PickupMenuItem(
        _("Pickup"), reverse("pickup:settings"), name="pickup", icon_name="date"
    )


@hooks.register(today.STATS)
def orders_to_do(request: HttpRequest) -> Iterator[today.Stat]:
    """What waits for somebody, as numbers that lead to the board."""
    if not access.may_see_board(request.user):
        return
    counts = board.counts(zone=context.current_shop().zone, now=clock.now())
    url = reverse("orders:board")
    new = counts[OrderStatus.PLACED]
    yield today.Stat(
        value=new,
        label=_("new orders"),
        url=f"{url}?state=placed",
        tone="warn" if new else "",
        order=10,
    )
    yield today.Stat(
        value=counts[board.Days.TODAY], label=_("to do today"), url=url, order=20
    )
    yield today.Stat(
        value=counts[OrderStatus.READY],
        label=_("ready to collect"),
        url=f"{url}?state=ready&days=all",
        order=30,
    )
    if counts["late"]:
        yield today.Stat(
            value=counts["late"],
            label=_("late"),
            url=f"{url}?days=all",
            tone="bad",
            order=5,
        )


@hooks.register(today.PANELS)
def orders_next(request: HttpRequest) -> Iterator[panels.NextOrdersPanel]:
    """The first few orders of the board."""
    if access.may_see_board(request.user):
        zone = context.current_shop().zone
        yield panels.NextOrdersPanel(
            board.coming(limit=MOST_ON_TODAY, zone=zone, now=clock.now())
        )


@hooks.register(today.STEPS)
def hours_to_set(request: HttpRequest) -> Iterator[today.Step]:
    """The steps of a new shop that are ours."""
    if access.may_change_settings(request.user):
        yield today.Step(
            title=_("Say when and where to collect"),
            text=_("Your hours, your pickup times and where customers come."),
            url=reverse("pickup:settings"),
            is_done=PickupSettings.objects.exclude(place="").exists(),
            order=20,
        )
