"""A page of words and pictures: about us, how pickup works."""

from wagtail.models import Page

from storefront.pages.blocks import PageBlocks
from storefront.pages.fields import StreamField


class StandardPage(Page):
    body = StreamField(PageBlocks(), blank=True)

    content_panels = [*Page.content_panels, "body"]
    template = "pages/standard_page.html"
