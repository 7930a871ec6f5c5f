"""The family of blocks a shopkeeper builds pages from."""

from wagtail import blocks


class PageBlocks(blocks.StreamBlock):
    text = blocks.RichTextBlock()
