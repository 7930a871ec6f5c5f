"""How many sockets are open."""

from collections.abc import Awaitable, Callable
from typing import Any

from quickcart.observability import metrics

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

KINDS = {"orders", "board"}


class Counted:
    """Count an application's sockets from being accepted until they end."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        gauge = metrics.open_sockets.labels(_kind_of(scope["path"]))
        is_open = False

        async def counting(message: Message) -> None:
            nonlocal is_open
            if message["type"] == "websocket.accept" and not is_open:
                is_open = True
                gauge.inc()
            await send(message)

        try:
            await self.application(scope, receive, counting)
        finally:
            if is_open:
                gauge.dec()


def _kind_of(path: str) -> str:
    kind = path.removeprefix("/ws/").partition("/")[0]
    return kind if kind in KINDS else "other"
