"""Sockets of a shop: who may open one, for which shop, and what is said on it.

A socket's shop is that of its Host, found once at the handshake and kept in the
scope. It is entered inside each database call (`in_shop`), never for the
connection as a whole: consumers share threads.

A socket carries no data. It says "changed", and the page fetches what it shows
with its own rights, so a socket that outlives a session tells nobody anything.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from typing import Any, ClassVar
from urllib.parse import urlsplit

from channels.consumer import AsyncConsumer
from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, parse_cookie
from django.http.request import split_domain_port

from tenants import context, hosts, limits
from tenants.models import Shop

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
View = Callable[..., Any]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Close codes (4000–4999 are the application's). Before a socket is accepted they
#: reach the browser as status 403.
FORBIDDEN = 4403
TOO_MUCH = 4413


class ShopSocketMiddleware:
    """Put the shop into `scope["shop"]`; refuse foreign pages and unknown hosts.

    Nor may one address hold very many sockets of this process at a time.
    """

    MOST_OF_ONE: ClassVar[int] = 100

    def __init__(self, application: Application) -> None:
        self.application = application
        self.open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host, port = split_domain_port(_only_header(scope, "host").lower())
        is_own = _is_own_page(_only_header(scope, "origin"), host=host, port=port)
        shop = await _shop_of(host) if host and is_own else None
        if shop is None or shop.state != Shop.State.LIVE:
            await refuse(scope, receive, send)
            return
        with self._counted(limits.address_of_socket(scope)) as is_too_many:
            if is_too_many:
                await refuse(scope, receive, send)
            else:
                await self.application({**scope, "shop": shop}, receive, send)

    @contextmanager
    def _counted(self, address: str) -> Iterator[bool]:
        """Count an address's sockets while they are open; all in the event loop."""
        self.open[address] += 1
        try:
            yield settings.QUICKCART_LIMITS and self.open[address] > self.MOST_OF_ONE
        finally:
            self.open[address] -= 1
            if not self.open[address]:
                del self.open[address]


async def refuse(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Turn a handshake away; also the application of paths nobody answers."""
    await send({"type": "websocket.close", "code": FORBIDDEN})


class Listener(AsyncConsumer):
    """A socket that says "changed" whenever its group hears so.

    It has nothing to be told: a browser that talks much or long is cut off.
    """

    MOST_FRAMES: ClassVar[int] = 20
    LONGEST_FRAME: ClassVar[int] = 256

    def find_group(self) -> str | None:
        """Return the channel group to listen to, or None to refuse.

        Runs in a thread, for the shop of the socket.
        """
        raise NotImplementedError

    async def websocket_connect(self, _message: Message) -> None:
        self.frames = 0
        self.group = await in_shop(self.scope["shop"], self.find_group)()
        if self.group is None:
            await self.send({"type": "websocket.close", "code": FORBIDDEN})
            raise StopConsumer
        # Listen first: what changes during the handshake is heard.
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.send({"type": "websocket.accept"})

    async def websocket_receive(self, message: Message) -> None:
        self.frames += 1
        frame = message.get("text") or message.get("bytes") or ""
        if len(frame) > self.LONGEST_FRAME or self.frames > self.MOST_FRAMES:
            await self.send({"type": "websocket.close", "code": TOO_MUCH})

    async def websocket_disconnect(self, _message: Message) -> None:
        if self.group is not None:
            await self.channel_layer.group_discard(self.group, self.channel_name)
        raise StopConsumer

    async def changed(self, _message: Message) -> None:
        await self.send({"type": "websocket.send", "text": '{"type":"changed"}'})


def in_shop(shop: Shop, work: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """Return `work` as a coroutine function that runs in a thread, for the shop."""

    @database_sync_to_async
    def run(*args: Any, **kwargs: Any) -> Any:
        with context.inside(shop):
            return work(*args, **kwargs)

    found: Callable[..., Awaitable[Any]] = run
    return found


def user_of(scope: Scope) -> Any:
    """Return who opened a socket, by the session of the shop in force.

    As `request.user`: the project's user, or AnonymousUser.
    """
    cookies = parse_cookie(_only_header(scope, "cookie"))
    sessions = import_module(settings.SESSION_ENGINE)
    request = HttpRequest()
    key = cookies.get(settings.SESSION_COOKIE_NAME)
    request.session = sessions.SessionStore(key)
    return auth.get_user(request)


def origin_for(request: HttpRequest) -> str:
    """Return where a page's sockets are answered, or "" for the page's own origin."""
    if not settings.QUICKCART_REALTIME_PORT:
        return ""
    host, _port = split_domain_port(request.get_host())
    scheme = "wss" if request.is_secure() else "ws"
    return f"{scheme}://{host}:{settings.QUICKCART_REALTIME_PORT}"


def page(view: View) -> View:
    """Let the page a view shows open its sockets where they are answered."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = view(request, *args, **kwargs)
        origin = origin_for(request)
        if origin:
            # The mark django-csp reads.
            response._csp_update = {"connect-src": [origin]}  # noqa: SLF001
        return response

    return shown


def _only_header(scope: Scope, name: str) -> str:
    """Return a header's value; "" if it is missing or, what no browser does, twice."""
    wanted = name.encode("latin1")
    values = [value for key, value in scope.get("headers", []) if key.lower() == wanted]
    return values[0].decode("latin1") if len(values) == 1 else ""


def _is_own_page(origin: str, *, host: str, port: str) -> bool:
    """Say whether the page that opens the socket is the shop's own.

    A browser always sends Origin. It must be the site's scheme, the socket's host,
    and the port pages are served on or the socket's own.
    """
    try:
        parts = urlsplit(origin)
        origin_port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return False
    own_ports = {str(settings.QUICKCART_PORT), port}
    return (
        parts.scheme == settings.QUICKCART_SCHEME
        and parts.hostname == host
        and str(origin_port) in own_ports
    )


@database_sync_to_async
def _shop_of(host: str) -> Shop | None:
    with context.in_public():
        return hosts.shop_of_host(host)
