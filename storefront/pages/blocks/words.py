"""Blocks of words and pictures."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from storefront.pages.blocks.asking import AskingBlock
from storefront.pages.blocks.references import (
    CategoryChooserBlock,
    PictureChooserBlock,
)
from storefront.pages.supplies import Needs

TEXT_FEATURES = ["h2", "h3", "bold", "italic", "ol", "ul", "link", "hr", "image"]


class HeroBlock(AskingBlock):
    """The first thing seen: large words, a picture, one thing to do."""

    heading = blocks.CharBlock(label=_("Heading"), max_length=120)
    text = blocks.TextBlock(label=_("Text"), required=False, max_length=400)
    picture = PictureChooserBlock(label=_("Picture"), required=False)
    link_text = blocks.CharBlock(
        label=_("Words on the button"), required=False, max_length=40
    )
    link_category = CategoryChooserBlock(
        label=_("Button leads to"),
        required=False,
        help_text=_("A category; leave it empty to lead to all products."),
    )
    look = blocks.ChoiceBlock(
        label=_("Look"),
        choices=[
            ("brand", _("Full colour")),
            ("soft", _("Soft colour")),
            ("plain", _("Plain")),
        ],
        default="brand",
    )

    def ask(self, value: Any, needs: Needs) -> None:
        needs.picture(value["picture"])
        if value["link_text"]:
            needs.category(value["link_category"])

    class Meta:
        icon = "home"
        label = _("Welcome")
        group = _("Words and pictures")
        description = _("Large words and a picture, for the top of a page.")
        template = "pages/blocks/hero_block.html"
        preview_value = {
            "heading": _("Good things from around the corner"),
            "text": _("Order until noon, collect from two."),
            "link_text": _("Start shopping"),
            "look": "brand",
        }


class TextBlock(blocks.RichTextBlock):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"features": TEXT_FEATURES, **kwargs})

    class Meta:
        icon = "pilcrow"
        label = _("Text")
        group = _("Words and pictures")
        description = _("Paragraphs, headings, lists, links.")
        template = "pages/blocks/text_block.html"
        preview_value = (
            "<h2>Picked this morning</h2><p>We buy from six farms, and we name "
            "them on the label.</p>"
        )


class PictureBlock(AskingBlock):
    picture = PictureChooserBlock(label=_("Picture"))
    alt = blocks.CharBlock(
        label=_("Description"),
        required=False,
        max_length=200,
        help_text=_(
            "For people who do not see it; empty: the picture's own description."
        ),
    )
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=300)

    def ask(self, value: Any, needs: Needs) -> None:
        needs.picture(value["picture"])

    class Meta:
        icon = "image"
        label = _("Picture")
        group = _("Words and pictures")
        description = _("A wide picture with a caption.")
        template = "pages/blocks/picture_block.html"


class NoticeBlock(blocks.StructBlock):
    """Something customers should know now."""

    text = blocks.CharBlock(label=_("Text"), max_length=300)
    title = blocks.CharBlock(label=_("Title"), required=False, max_length=80)
    tone = blocks.ChoiceBlock(
        label=_("Tone"),
        choices=[
            ("info", _("For your information")),
            ("good", _("Good news")),
            ("warn", _("Watch out")),
        ],
        default="info",
    )

    class Meta:
        icon = "warning"
        label = _("Notice")
        group = _("Words and pictures")
        description = _("A short message in a box.")
        template = "pages/blocks/notice_block.html"
        preview_value = {"text": _("Closed on Monday 5 May."), "tone": "info"}
