"""The ASGI entry point of the process that answers sockets and nothing else."""

from collections.abc import Awaitable, Callable
from typing import Any

from channels.routing import ProtocolTypeRouter

from quickcart import asgi

Message = dict[str, Any]


async def no_pages(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Say that the process is well; pages are the web process's."""
    is_health = scope["path"] == "/healthz"
    await send(
        {
            "type": "http.response.start",
            "status": 200 if is_health else 404,
            "headers": [(b"content-type", b"text/plain")],
        }
    )
    body = b"ok\n" if is_health else b"Sockets only.\n"
    await send({"type": "http.response.body", "body": body})


application = ProtocolTypeRouter(
    {**asgi.application.application_mapping, "http": no_pages}
)
