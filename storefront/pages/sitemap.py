"""What search engines should know of: pages, categories and products."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from wagtail.models import Page

from storefront import frame
from storefront.cards.models import ProductCard
from storefront.oscar_apps.catalogue.models import Category
from tenants import hosts
from tenants.models import Shop

#: The protocol's limit for one file. https://www.sitemaps.org/protocol.html
MOST = 50_000


@dataclass(frozen=True, slots=True)
class Entry:
    url: str
    changed_at: datetime | None = None


def entries(shop: Shop) -> Iterator[Entry]:
    """Return every address worth finding, the front page first."""
    yield from _pages(shop)
    yield from _categories(shop)
    cards = ProductCard.objects.only("slug", "updated_at").order_by("pk")
    for card in cards[: MOST // 2].iterator():
        yield Entry(hosts.shop_url(shop, card.url), card.updated_at)


def _pages(shop: Shop) -> Iterator[Entry]:
    pages = Page.objects.filter(live=True, depth__gte=frame.MENU_DEPTH - 1)
    for path, changed_at in pages.order_by("path").values_list(
        "url_path", "last_published_at"
    ):
        yield Entry(hosts.shop_url(shop, frame.page_path(path)), changed_at)


def _categories(shop: Shop) -> Iterator[Entry]:
    visible = Category.objects.filter(is_public=True, ancestors_are_public=True)
    slugs: dict[str, str] = {}
    for pk, path, slug in visible.order_by("path").values_list("pk", "path", "slug"):
        above = slugs.get(path[: -Category.steplen])
        slugs[path] = f"{above}/{slug}" if above else slug
        url = frame.category_url(pk, slug=slugs[path])
        yield Entry(hosts.shop_url(shop, url))
