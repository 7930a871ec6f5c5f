"""Who takes which kind of message.

Apps register their handlers when they are ready. A handler runs for the shop
that wrote the message, outside any transaction, possibly more than once: it asks
the ledger (`notifications.ledger`) before it speaks to a recipient.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Lane(StrEnum):
    """Messages that do not wait for each other."""

    #: To ourselves: open pages, cards, the hub. Done in milliseconds.
    INSIDE = "inside"
    #: To servers of somebody else, who may be slow, or silent.
    OUTSIDE = "outside"


class Undeliverable(Exception):
    """Trying again cannot help: the message becomes a dead letter at once."""


class Handler(Protocol):
    def __call__(
        self, payload: dict[str, Any], *, dedupe_key: str, now: datetime
    ) -> None:
        """Do what the message says.

        Raises:
            Undeliverable: it can never be done.
            Exception: whatever else is raised has it tried again later.
        """


@dataclass(frozen=True, slots=True)
class Registration:
    """A kind's handler; a confidential payload is emptied once it is done with."""

    handler: Handler
    is_confidential: bool
    lane: Lane


_registrations: dict[str, Registration] = {}


def register(
    kind: str, *, is_confidential: bool = False, lane: Lane = Lane.INSIDE
) -> Callable[[Handler], Handler]:
    """Make a function the handler of a kind: `@handlers.register("order_mail")`.

    Raises:
        ValueError: the kind has a handler already.
    """

    def keep(handler: Handler) -> Handler:
        registration = Registration(handler, is_confidential, lane)
        if _registrations.setdefault(kind, registration).handler is not handler:
            raise ValueError(f"{kind!r} is handled already.")
        return handler

    return keep


def registration_of(kind: str) -> Registration:
    """Return who takes a kind.

    Raises:
        KeyError: nobody does.
    """
    return _registrations[kind]


def kinds_outside() -> list[str]:
    """Return the kinds that go to servers of somebody else."""
    return [kind for kind, each in _registrations.items() if each.lane is Lane.OUTSIDE]
