"""/livez, /readyz, /metrics: answered for any host, before anything is in the way."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from quickcart.observability import access, figures, health, metrics

PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that goes through WSGI and ASGI alike."""

    status: int
    body: bytes
    content_type: str = PLAIN


Door = Callable[[bool], Reply]


class Doors:
    """The addresses of one program for those who watch it."""

    def __init__(self, *sources: metrics.Source) -> None:
        self.sources = sources
        self._doors: dict[str, Door] = {
            "/livez": _live,
            "/healthz": _live,
            "/readyz": _ready,
            "/metrics": self._figures,
        }

    def answer(
        self, path: str, headers: Mapping[str, str], *, address: str
    ) -> Reply | None:
        """Return the answer to a path, or None if it is none of ours."""
        door = self._doors.get(path)
        if door is None:
            return None
        return door(access.is_watcher(headers, address=address))

    def __contains__(self, path: str) -> bool:
        return path in self._doors

    def _figures(self, is_watcher: bool) -> Reply:
        if not is_watcher:
            return Reply(404, b"There is nothing here.\n")
        body = metrics.exposition(*self.sources)
        return Reply(200, body, metrics.CONTENT_TYPE)


def _live(is_watcher: bool) -> Reply:
    return Reply(200, b"ok\n")


def _ready(is_watcher: bool) -> Reply:
    """Say it in a word to everybody, and why to those who watch."""
    is_ready, parts = health.readiness()
    told: dict[str, object] = {"status": "ready" if is_ready else "not ready"}
    if is_watcher:
        told["parts"] = parts
    body = json.dumps(told).encode() + b"\n"
    return Reply(200 if is_ready else 503, body, "application/json")


def of_web() -> Doors:
    """Return the web's: its own figures and the whole network's."""
    return Doors(figures.Processes("web"), figures.Network(), health.Readiness())


def of_realtime() -> Doors:
    """Return those of the process for sockets."""
    return Doors(figures.Processes("realtime"))
