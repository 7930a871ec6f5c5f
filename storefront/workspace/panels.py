"""The panels of the workspace's first screen."""

from collections.abc import Mapping
from typing import Any

from wagtail.admin.ui.components import Component

from storefront.workspace import today


class ChecklistPanel(Component):
    """What a new shop should do before it opens; gone when all of it is done."""

    name = "checklist"
    template_name = "workspace/checklist_panel.html"
    order = 10

    def __init__(self, steps: list[today.Step]) -> None:
        self.steps = steps

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        done = sum(step.is_done for step in self.steps)
        return {
            "steps": self.steps,
            "done": done,
            "total": len(self.steps),
            "next": next((step for step in self.steps if not step.is_done), None),
        }


class StatsPanel(Component):
    """Today's numbers."""

    name = "stats"
    template_name = "workspace/stats_panel.html"
    order = 20

    def __init__(self, stats: list[today.Stat]) -> None:
        self.stats = stats

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        return {"stats": self.stats}


class ListsPanel(Component):
    """What comes next, in lists side by side."""

    name = "lists"
    template_name = "workspace/lists_panel.html"
    order = 30

    def __init__(self, lists: list[Component]) -> None:
        self.lists = lists

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        return {"lists": self.lists, "request": parent_context.get("request")}


class QuietPanel(Component):
    """For somebody whose work makes no numbers: where to begin."""

    name = "quiet"
    template_name = "workspace/quiet_panel.html"
    order = 30
