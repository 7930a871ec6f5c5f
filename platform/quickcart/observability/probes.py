"""Questions that may take long, asked so that nobody waits long for the answer."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import connections

logger = logging.getLogger(__name__)

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Answer(Generic[Value]):
    """What was answered last, and when; or why nothing was."""

    value: Value | None
    problem: str
    at: float


class Probe(Generic[Value]):
    """A question asked in a thread of its own, with a database connection of its own.

    A web worker has one thread: a database that does not answer, or a look at a
    thousand shops, must not keep customers waiting.
    """

    def __init__(
        self, ask: Callable[[], Value], *, fresh: float, patience: float
    ) -> None:
        self.ask = ask
        self.fresh = fresh
        self.patience = patience
        self._answer: Answer[Value] | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def answer(self) -> Answer[Value]:
        """Return an answer that is fresh, or whatever there is when patience ends."""
        known = self._answer
        if known is not None and time.monotonic() - known.at < self.fresh:
            return known
        self._start().join(self.patience)
        newest = self._answer
        if newest is None or newest is known:
            return Answer(None, f"no answer in {self.patience:g} s", time.monotonic())
        return newest

    def latest(self) -> Answer[Value]:
        """Return the last answer, however old; a newer one is fetched meanwhile."""
        known = self._answer
        if known is None:
            return self.answer()
        if time.monotonic() - known.at >= self.fresh:
            self._start()
        return known

    def _start(self) -> threading.Thread:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            return self._thread

    def _run(self) -> None:
        try:
            answer = Answer(self.ask(), "", time.monotonic())
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the answer)
            logger.warning("a probe failed: %s", error)
            answer = Answer(None, type(error).__name__, time.monotonic())
        finally:
            connections.close_all()
        self._answer = answer
