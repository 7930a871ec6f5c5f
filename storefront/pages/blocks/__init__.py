"""The family of blocks a shopkeeper builds pages from."""

from storefront.pages.blocks.stream import PageBlocks

__all__ = ["PageBlocks"]
