"""What products show on the workspace's first screen."""

from collections.abc import Mapping, Sequence
from typing import Any

from wagtail.admin.ui.components import Component

from storefront.products import selectors


class ScarcePanel(Component):
    """Goods that are gone, or nearly."""

    template_name = "products/scarce_panel.html"
    order = 20

    def __init__(self, rows: Sequence[selectors.Row]) -> None:
        self.rows = rows

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        return {"rows": self.rows}
