"""What may stand in a page."""

from wagtail import blocks

from storefront.pages.blocks.hours import HoursBlock
from storefront.pages.blocks.shelves import CategoryShelfBlock, ProductShelfBlock
from storefront.pages.blocks.words import (
    HeroBlock,
    NoticeBlock,
    PictureBlock,
    TextBlock,
)


class PageBlocks(blocks.StreamBlock):
    hero = HeroBlock()
    text = TextBlock()
    picture = PictureBlock()
    notice = NoticeBlock()
    product_shelf = ProductShelfBlock()
    category_shelf = CategoryShelfBlock()
    hours = HoursBlock()

    class Meta:
        block_counts = {"hero": {"max_num": 1}, "hours": {"max_num": 1}}
