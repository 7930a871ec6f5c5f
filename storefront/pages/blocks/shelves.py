"""Blocks that show goods. They read cards, never Oscar's tables."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from storefront.cards.models import ProductCard
from storefront.oscar_apps.catalogue.models import Category
from storefront.pages.blocks.asking import AskingBlock
from storefront.pages.blocks.references import (
    CategoryChooserBlock,
    ProductChooserBlock,
)
from storefront.pages.supplies import Needs

MOST = 24


class ProductShelfBlock(AskingBlock):
    """A shelf of products picked by hand, in the order they were picked."""

    heading = blocks.CharBlock(label=_("Heading"), max_length=80)
    note = blocks.CharBlock(label=_("Note"), required=False, max_length=160)
    products = blocks.ListBlock(
        ProductChooserBlock(), label=_("Products"), min_num=1, max_num=MOST
    )

    def ask(self, value: Any, needs: Needs) -> None:
        needs.products(value["products"])

    def get_context(
        self, value: Any, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        context = super().get_context(value, parent_context)
        context["cards"] = context["supplies"].cards_of(value["products"])
        return context

    def get_preview_value(self) -> Any:
        """Return a shelf of the shop's own first goods."""
        ids = ProductCard.objects.for_listing().values_list("pk", flat=True)[:6]
        return self.to_python({"heading": str(_("This week")), "products": list(ids)})

    class Meta:
        icon = "tag"
        label = _("Shelf: picked by hand")
        group = _("Goods")
        description = _("Products you choose, side by side.")
        template = "pages/blocks/product_shelf_block.html"


class CategoryShelfBlock(AskingBlock):
    """A shelf with the first goods of a category."""

    heading = blocks.CharBlock(
        label=_("Heading"),
        required=False,
        max_length=80,
        help_text=_("Empty: the category's name."),
    )
    category = CategoryChooserBlock(label=_("Category"))
    limit = blocks.IntegerBlock(
        label=_("How many"), default=8, min_value=2, max_value=MOST
    )

    def ask(self, value: Any, needs: Needs) -> None:
        needs.shelf(value["category"], limit=_limit(value))

    def get_context(
        self, value: Any, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        context = super().get_context(value, parent_context)
        context["cards"] = context["supplies"].shelf_of(
            value["category"], limit=_limit(value)
        )
        context["category"] = context["supplies"].categories.get(value["category"])
        return context

    def get_preview_value(self) -> Any:
        """Return a shelf of the shop's first category."""
        first = Category.objects.browsable().order_by("path").first()
        return self.to_python({"category": first.pk if first else None, "limit": 6})

    class Meta:
        icon = "list-ul"
        label = _("Shelf: a category")
        group = _("Goods")
        description = _("The first products of a category, always up to date.")
        template = "pages/blocks/category_shelf_block.html"


def _limit(value: Any) -> int:
    """Return how many cards to show, whatever an unfinished draft says."""
    return min(max(value["limit"] or 2, 1), MOST)
