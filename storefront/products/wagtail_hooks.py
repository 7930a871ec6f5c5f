"""Where products hang into the workspace."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from storefront.products import access, panels, selectors, urls
from storefront.workspace import today

MOST_ON_TODAY = 6


class ProductsMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return access.may_see(request.user)


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern | URLResolver]:
    return [*urls.urlpatterns]


@hooks.register("register_admin_menu_item")
def register_products() -> MenuItem:
    return ProductsMenuItem(
        _("Products"), reverse("products:index"), name="products", icon_name="tag"
    )


@hooks.register(today.STATS)
def goods_to_see_to(request: HttpRequest) -> Iterator[today.Stat]:
    """What is gone, or nearly, as numbers that lead to the list."""
    if not access.may_count(request.user):
        return
    counts, url = selectors.counts(), reverse("products:index")
    for name, label, tone in (
        ("out", _("sold out"), "bad"),
        ("low", _("nearly gone"), "warn"),
    ):
        yield today.Stat(
            value=counts[name],
            label=label,
            url=f"{url}?only={name}",
            tone=tone if counts[name] else "",  # type: ignore[arg-type]  # literals
            order=50,
        )


@hooks.register(today.PANELS)
def goods_running_out(request: HttpRequest) -> Iterator[panels.ScarcePanel]:
    """The goods to order or to count first."""
    if access.may_count(request.user):
        yield panels.ScarcePanel(selectors.scarce(MOST_ON_TODAY))
