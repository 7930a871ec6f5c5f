"""Where the workspace hangs into Wagtail's admin."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.home import RecentEditsPanel
from wagtail.admin.viewsets.base import ViewSet

from storefront.cards.models import ProductCard
from storefront.pages.choosers import product_chooser
from storefront.pages.models import HomePage
from storefront.profile.models import ShopProfile
from storefront.workspace import menu, panels, today


@hooks.register("register_admin_viewset")
def register_product_chooser() -> ViewSet:
    return product_chooser


@hooks.register("register_admin_menu_item")
def register_today() -> MenuItem:
    return MenuItem(
        _("Today"), reverse("wagtailadmin_home"), name="today", icon_name="home"
    )


@hooks.register("register_admin_menu_item")
def register_view_shop() -> MenuItem:
    return MenuItem(
        _("View my shop"),
        "/",
        name="view-shop",
        icon_name="view",
        attrs={"target": "_blank", "rel": "noopener"},
    )


@hooks.register("construct_main_menu", order=1000)
def arrange_menu(request: HttpRequest, items: list[MenuItem]) -> None:
    menu.arrange(request, items)


@hooks.register("construct_settings_menu", order=1000)
def arrange_settings(request: HttpRequest, items: list[MenuItem]) -> None:
    menu.arrange_settings(request, items)


@hooks.register("construct_homepage_panels", order=1000)
def arrange_panels(request: HttpRequest, shown: list[Any]) -> None:
    """Show what to do now; of Wagtail's own panels keep the last edits."""
    stats, steps = today.stats(request), today.steps(request)
    shown[:] = [panel for panel in shown if isinstance(panel, RecentEditsPanel)]
    if any(not step.is_done for step in steps):
        shown.append(panels.ChecklistPanel(steps))
    if stats:
        shown.append(panels.StatsPanel(stats))
    lists = today.panels(request)
    if lists:
        shown.append(panels.ListsPanel(lists))
    if not (stats or lists):
        shown.append(panels.QuietPanel())


@hooks.register(today.STEPS)
def first_steps(request: HttpRequest) -> Iterator[today.Step]:
    """The steps on ground of the storefront's own."""
    user = request.user
    if user.has_perm("profile.change_shopprofile"):
        profile = ShopProfile.load()
        settings_url = reverse("wagtailsettings:edit", args=["profile", "shopprofile"])
        yield today.Step(
            title=_("Say where you are"),
            text=_("Street, town and phone, so that customers find you."),
            url=settings_url,
            is_done=bool(profile.street and profile.city),
            order=10,
        )
        yield today.Step(
            title=_("Put up your sign"),
            text=_("Your logo and your colours: no two shops look the same."),
            url=settings_url,
            is_done=profile.logo_id is not None,
            order=40,
        )
    if user.has_perm("catalogue.add_product"):
        yield today.Step(
            title=_("Fill the shelves"),
            text=_("Add your first products, with a price and a picture."),
            url=reverse("products:index"),
            is_done=ProductCard.objects.exists(),
            order=30,
        )
    home = HomePage.objects.first()
    if home is not None and home.permissions_for_user(user).can_edit():
        yield today.Step(
            title=_("Write your front page"),
            text=_("A welcome, a picture, a shelf of what is good this week."),
            url=reverse("wagtailadmin_pages:edit", args=[home.pk]),
            is_done=home.latest_revision_id is not None,
            order=50,
        )


@hooks.register("insert_global_admin_css")
def brand_styles() -> SafeString:
    return format_html(
        '<link rel="stylesheet" href="{}"><link rel="stylesheet" href="{}">',
        static("ui/build/workspace.css"),
        static("workspace/brand.css"),
    )
