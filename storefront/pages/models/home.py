"""The shop's front page."""

from storefront.pages.models.base import ShopPage


class HomePage(ShopPage):
    """One a shop: the root of its site."""

    max_count = 1
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["pages.StandardPage"]
    template = "pages/home_page.html"

    class Meta:
        verbose_name = "front page"
