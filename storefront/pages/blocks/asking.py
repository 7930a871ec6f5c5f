"""How a block says what it will show, before anything is fetched."""

from typing import Any

from wagtail import blocks

from storefront.pages import supplies
from storefront.pages.supplies import Needs, Supplies


class AskingBlock(blocks.StructBlock):
    """A block that shows goods, pictures or categories of the shop."""

    def ask(self, value: Any, needs: Needs) -> None:
        """Add to `needs` what the block will show."""

    def normalize(self, value: Any) -> Any:
        """Fill in what a value written in code leaves out, as the editor would."""
        if isinstance(value, self.meta.value_class):
            return value
        blocks_by_name = self.child_blocks.items()
        defaults = {name: block.get_default() for name, block in blocks_by_name}
        return super().normalize({**defaults, **value})

    def get_context(
        self, value: Any, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Give the template what the block asked for, as `supplies`.

        The page has fetched it for all its blocks; a block shown alone (in the
        editor's picker) fetches its own.
        """
        context: dict[str, Any] = super().get_context(value, parent_context)
        if not isinstance(context.get("supplies"), Supplies):
            needs = Needs()
            self.ask(value, needs)
            context["supplies"] = supplies.fetch(needs)
        return context
