"""Who takes which kind of message.

Apps register their handlers when they are ready. A handler runs for the shop
that wrote the message, outside any transaction, possibly more than once: it asks
the ledger (`notifications.ledger`) before it speaks to a recipient.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol


class Handler(Protocol):
    def __call__(
        self, payload: dict[str, Any], *, dedupe_key: str, now: datetime
    ) -> None:
        """Do what the message says, or raise to have it tried again."""


_handlers: dict[str, Handler] = {}


def register(kind: str) -> Callable[[Handler], Handler]:
    """Make a function the handler of a kind: `@handlers.register("order_mail")`.

    Raises:
        ValueError: the kind has a handler already.
    """

    def keep(handler: Handler) -> Handler:
        if _handlers.setdefault(kind, handler) is not handler:
            raise ValueError(f"{kind!r} is handled already.")
        return handler

    return keep


def handler_of(kind: str) -> Handler:
    """Return the handler of a kind.

    Raises:
        KeyError: nobody takes it.
    """
    return _handlers[kind]
