"""Sockets of a shop: who may open one, and for which shop.

A socket's shop is that of its Host, found once at the handshake and kept in the
scope. It is entered inside each database call (`in_shop`), never for the
connection as a whole: consumers share threads.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from channels.db import database_sync_to_async
from django.conf import settings

from tenants import context, hosts
from tenants.models import Shop

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

#: Close code of a handshake that is refused (4000–4999 are the application's).
FORBIDDEN = 4403


class ShopSocketMiddleware:
    """Put the shop into `scope["shop"]`; refuse foreign pages and unknown hosts."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(
        self, scope: dict[str, Any], receive: Receive, send: Send
    ) -> None:
        headers = {
            name.decode("latin1").lower(): value.decode("latin1")
            for name, value in scope.get("headers", [])
        }
        host = headers.get("host", "").rpartition(":")[0] or headers.get("host", "")
        shop = await _shop_of(host) if _is_own_page(headers, host) else None
        if shop is None or shop.state != Shop.State.LIVE:
            await send({"type": "websocket.close", "code": FORBIDDEN})
            return
        await self.application({**scope, "shop": shop}, receive, send)


def _is_own_page(headers: dict[str, str], host: str) -> bool:
    """Say whether the page that opens the socket is the shop's own.

    A browser always sends Origin. Its host must be the socket's host, and its
    port the one pages are served on or the socket's own.
    """
    try:
        origin = urlsplit(headers.get("origin", ""))
        port = origin.port or {"http": 80, "https": 443}.get(origin.scheme)
    except ValueError:
        return False
    own_ports = {settings.QUICKCART_PORT, _port_of(headers.get("host", ""))}
    return (
        origin.scheme in {"http", "https"}
        and origin.hostname == host.lower()
        and port in own_ports
    )


def _port_of(host: str) -> int | None:
    port = host.rpartition(":")[2]
    return int(port) if port.isdecimal() else None


@database_sync_to_async
def _shop_of(host: str) -> Shop | None:
    with context.in_public():
        return hosts.shop_of_host(host)


def in_shop(shop: Shop, work: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """Return `work` as a coroutine function that runs in a thread, for the shop."""

    @database_sync_to_async
    def run(*args: Any, **kwargs: Any) -> Any:
        with context.inside(shop):
            return work(*args, **kwargs)

    return run
