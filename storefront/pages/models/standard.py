"""A page of words and pictures: about us, how pickup works."""

from storefront.pages.models.base import ShopPage


class StandardPage(ShopPage):
    parent_page_types = ["pages.HomePage", "pages.StandardPage"]
    subpage_types = ["pages.StandardPage"]
    template = "pages/standard_page.html"

    class Meta:
        verbose_name = "page"
