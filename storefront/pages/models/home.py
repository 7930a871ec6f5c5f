"""The shop's front page."""

from wagtail.models import Page

from storefront.pages.blocks import PageBlocks
from storefront.pages.fields import StreamField


class HomePage(Page):
    """One a shop: the root of its site."""

    body = StreamField(PageBlocks(), blank=True)

    max_count = 1
    content_panels = [*Page.content_panels, "body"]
    template = "pages/home_page.html"
