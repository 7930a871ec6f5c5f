"""The ASGI entry point of the process that answers sockets and nothing else."""

# ruff: noqa: E402 (each step prepares the next import)

import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [
    path for path in (str(ROOT), str(ROOT / "platform")) if path not in sys.path
]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quickcart.settings.local")

from quickcart.observability import programs

programs.realtime()

from asgiref.sync import sync_to_async
from channels.routing import ProtocolTypeRouter

from quickcart import asgi
from quickcart.observability import access, doors, sockets

Message = dict[str, Any]

own = doors.of_realtime()


async def no_pages(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Answer those who watch; pages are the web process's."""
    headers = access.lower(
        (name.decode("latin1"), value.decode("latin1"))
        for name, value in scope.get("headers", [])
    )
    address = (scope.get("client") or ("",))[0]
    # In a thread: a readiness probe waits for the database.
    reply = await sync_to_async(own.answer, thread_sensitive=False)(
        scope["path"], headers, address=address
    )
    if reply is None:
        reply = doors.Reply(404, b"Sockets only.\n")
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [(b"content-type", reply.content_type.encode())],
        }
    )
    await send({"type": "http.response.body", "body": reply.body})


application = ProtocolTypeRouter(
    {
        **asgi.application.application_mapping,
        "websocket": sockets.Counted(asgi.application.application_mapping["websocket"]),
        "http": no_pages,
    }
)
