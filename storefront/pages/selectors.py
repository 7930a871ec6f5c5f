"""Finding the page of an address."""

from typing import TYPE_CHECKING

from django.db.models import CharField, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from wagtail.models import Page, Site

from storefront.pages.models import HomePage, ShopPage, StandardPage

if TYPE_CHECKING:
    from collections.abc import Iterable

KINDS: "Iterable[type[ShopPage]]" = (HomePage, StandardPage)


def live_page(path: str) -> ShopPage | None:
    """Return the published page at a path below the shop's front page.

    One query, where Wagtail's own routing walks the tree from the site's root: a
    query for the site, one for each level and one for the page's kind.
    """
    children = [kind._meta.model_name or "" for kind in KINDS]
    found = _at(path).filter(live=True).select_related(*children).first()
    if found is None:
        return None
    for name in children:
        page: ShopPage | None = getattr(found, name, None)
        if page is not None:
            return page
    return None


def _at(path: str) -> "QuerySet[Page]":
    root = Site.objects.filter(is_default_site=True).values("root_page__url_path")
    below = f"{path.strip('/')}/" if path.strip("/") else ""
    address = Concat(Subquery(root[:1]), Value(below), output_field=CharField())
    found: QuerySet[Page] = Page.objects.filter(url_path=address)
    return found
