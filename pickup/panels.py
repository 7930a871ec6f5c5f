"""What pickup shows on the workspace's first screen."""

from collections.abc import Mapping, Sequence
from typing import Any

from wagtail.admin.ui.components import Component

from pickup import board


class NextOrdersPanel(Component):
    """The orders to be collected next, with the state each is in."""

    template_name = "pickup/next_panel.html"
    order = 10

    def __init__(self, tickets: Sequence[board.Ticket]) -> None:
        self.tickets = tickets

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        rows = [(ticket, board.COLUMNS[ticket.order.status]) for ticket in self.tickets]
        return {"rows": rows}
