"""The shop's hours, from the one place that knows them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from kernel import clock
from storefront import frame, fulfilment


class HoursBlock(blocks.StructBlock):
    heading = blocks.CharBlock(
        label=_("Heading"), required=False, max_length=80, default=_("Opening hours")
    )

    def get_context(
        self, value: Any, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(value, parent_context)
        opening = context.get("opening")
        if not opening:
            opening = fulfilment.provider().opening(now=clock.now())
        return {**context, "opening": opening, "rows": frame.hours_rows(opening)}

    class Meta:
        icon = "time"
        label = _("Opening hours")
        group = _("The shop")
        description = _("Your week and whether you are open now.")
        template = "pages/blocks/hours_block.html"
        preview_value = {"heading": _("Opening hours")}
