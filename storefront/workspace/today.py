"""What the workspace's first screen shows, filled by those who know it.

Apps register functions under Wagtail's hooks:

    @hooks.register("workspace_stats")
    def orders_to_do(request):
        yield Stat(value=3, label=_("orders to accept"), url=…, tone="warn")

    @hooks.register("workspace_steps")
    def hours(request):
        yield Step(title=_("Say when you are open"), url=…, is_done=…)

    @hooks.register("workspace_panels")
    def orders_next(request):
        yield NextOrdersPanel(…)
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal, TypeVar

from django.http import HttpRequest
from django.utils.functional import Promise
from wagtail import hooks
from wagtail.admin.ui.components import Component

STATS = "workspace_stats"
STEPS = "workspace_steps"
PANELS = "workspace_panels"

Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class Stat:
    """A number to act upon."""

    value: int | str
    label: str | Promise
    url: str = ""
    tone: Literal["", "good", "warn", "bad"] = ""
    order: int = 100


@dataclass(frozen=True, slots=True)
class Step:
    """Something a new shop should do before it opens."""

    title: str | Promise
    text: str | Promise
    url: str
    is_done: bool
    order: int = 100


def stats(request: HttpRequest) -> list[Stat]:
    """Return today's numbers for whoever asks."""
    return sorted(_collect(STATS, request), key=lambda stat: stat.order)


def steps(request: HttpRequest) -> list[Step]:
    """Return what there is to do before the shop is ready, done or not."""
    return sorted(_collect(STEPS, request), key=lambda step: step.order)


def panels(request: HttpRequest) -> list[Component]:
    """Return the lists of things to see to, for whoever asks."""
    found: list[Component] = list(_collect(PANELS, request))
    return sorted(found, key=lambda panel: panel.order)


def _collect(name: str, request: HttpRequest) -> Iterator[Shown]:
    registered = hooks.get_hooks(name)
    found: Iterable[Iterable[Shown]] = (hook(request) for hook in registered)
    return chain.from_iterable(found)
