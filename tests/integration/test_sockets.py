"""Who may listen to what. Consumers run in threads: the database really commits."""

import pytest
from asgiref.sync import SyncToAsync
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connections
from django.test import Client

from quickcart.websocket import application
from tenants import channels, context, sockets
from tenants.models import Shop

pytestmark = pytest.mark.slow

REFERENCE = "0123456789abcdef"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ORDER = f"/ws/orders/{REFERENCE}/"


@pytest.fixture(scope="module", autouse=True)
def two_shops_with_an_order_of_the_same_name(
    django_db_setup, worker_id, django_db_blocker
):
    """One database for the whole module: nothing below changes it."""
    from support import database

    copy = database.copy_of(database.ensure_template(), label=f"{worker_id}_sockets")
    # The thread asgiref keeps may still be connected to another test's database.
    thread = SyncToAsync.single_thread_executor
    with django_db_blocker.unblock(), copy:
        thread.submit(connections.close_all).result()
        for subdomain in ("alder", "birch"):
            with context.inside(Shop.objects.get(subdomain=subdomain)):
                _place_order()
        yield
        thread.submit(connections.close_all).result()


def _place_order():
    from integration.tracking.conftest import make_order

    make_order(reference=REFERENCE)


def handshake(path, *, host="alder.localhost", origin="http://alder.localhost", **more):
    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    headers += [
        (name.encode(), value.encode()) for name, value in more.get("headers", [])
    ]
    return WebsocketCommunicator(application, path, headers=headers)


def page_of(name):
    return {
        "host": f"{name}.localhost",
        "origin": f"http://{name}.localhost:{settings.QUICKCART_PORT}",
    }


async def is_accepted(communicator):
    accepted, code = await communicator.connect(timeout=10)
    if accepted:
        await communicator.disconnect()
    else:
        assert code == sockets.FORBIDDEN
    return accepted


def cookie_of(subdomain, email, *, groups=(), is_staff=False):
    """Sign somebody in at a shop; return the cookie their browser would send."""
    from django.contrib.auth.models import Group

    from accounts.models import User

    with context.inside(Shop.objects.get(subdomain=subdomain)):
        user, _is_new = User.objects.get_or_create(
            email=email, defaults={"is_staff": is_staff}
        )
        for name in groups:
            user.groups.add(Group.objects.get(name=name))
        client = Client()
        client.force_login(user, backend=BACKEND)
        key = client.cookies[settings.SESSION_COOKIE_NAME].value
    return ("cookie", f"{settings.SESSION_COOKIE_NAME}={key}")


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("alder.localhost", f"http://alder.localhost:{settings.QUICKCART_PORT}"),
        ("alder.localhost:8001", f"http://alder.localhost:{settings.QUICKCART_PORT}"),
        ("alder.localhost:8105", "http://alder.localhost:8105"),
        ("ALDER.localhost", f"http://Alder.localhost:{settings.QUICKCART_PORT}"),
    ],
)
async def test_a_shops_own_page_may_watch_an_order(host, origin):
    assert await is_accepted(handshake(ORDER, host=host, origin=origin))


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "http://evil.example",
        f"http://birch.localhost:{settings.QUICKCART_PORT}",
        f"http://localhost:{settings.QUICKCART_PORT}",
        f"https://alder.localhost:{settings.QUICKCART_PORT}",
        "http://alder.localhost:9999",
        "http://alder.localhost:port",
        "http://alder.localhost@evil.example",
        "file://alder.localhost",
        f"http://alder.localhost.evil.example:{settings.QUICKCART_PORT}",
    ],
)
async def test_a_foreign_page_may_not(origin):
    assert not await is_accepted(handshake(ORDER, origin=origin))


@pytest.mark.parametrize(
    "host", ["nobody.localhost", "localhost", "", "alder.localhost.", "[::1]", "a b"]
)
async def test_an_unknown_host_has_no_sockets(host):
    origin = f"http://{host}:{settings.QUICKCART_PORT}"

    assert not await is_accepted(handshake(ORDER, host=host, origin=origin))


async def test_two_hosts_are_none():
    twice = handshake(ORDER, **page_of("alder"), headers=[("host", "birch.localhost")])

    assert not await is_accepted(twice)


@pytest.mark.parametrize(
    "path",
    [
        "/ws/orders/zzzzzzzzzzzzzzzz/",
        "/ws/orders/0123456789ABCDEF/",
        "/ws/orders/x/",
        f"/ws/orders/{REFERENCE}.board/",
        "/ws/orders/%00/",
        "/ws/",
        "/ws/stock/",
        "/",
    ],
)
async def test_what_is_no_order_is_refused(path):
    assert not await is_accepted(handshake(path, **page_of("alder")))


@pytest.fixture(scope="module")
def accounts(two_shops_with_an_order_of_the_same_name):
    """Cookies of all sorts of people."""
    return {
        "nobody": ("accept-language", "en"),
        "forged": ("cookie", f"{settings.SESSION_COOKIE_NAME}=../../etc;\x01="),
        "customer": cookie_of("alder", "ana@example.com"),
        "picker": cookie_of(
            "alder", "pat@example.com", groups=["picker"], is_staff=True
        ),
        "editor": cookie_of(
            "alder", "eve@example.com", groups=["editor"], is_staff=True
        ),
        "of_birch": cookie_of(
            "birch", "pat@example.com", groups=["owner"], is_staff=True
        ),
    }


class TestBoard:
    async def test_staff_may_listen(self, accounts):
        board = handshake(
            "/ws/board/", **page_of("alder"), headers=[accounts["picker"]]
        )

        assert await is_accepted(board)

    @pytest.mark.parametrize(
        "who", ["nobody", "forged", "customer", "editor", "of_birch"]
    )
    async def test_nobody_else_may(self, accounts, who):
        board = handshake("/ws/board/", **page_of("alder"), headers=[accounts[who]])

        assert not await is_accepted(board)


async def test_a_change_reaches_its_own_shop_only():
    here = handshake(ORDER, **page_of("alder"))
    there = handshake(ORDER, **page_of("birch"))
    assert (await here.connect(timeout=10))[0]
    assert (await there.connect(timeout=10))[0]
    group = await sockets.in_shop(
        await _shop("alder"), lambda: channels.group(f"order.{REFERENCE}")
    )()

    await get_channel_layer().group_send(group, {"type": "changed"})

    assert await here.receive_json_from(timeout=5) == {"type": "changed"}
    assert await there.receive_nothing(timeout=0.3)
    await here.disconnect()
    await there.disconnect()


async def _shop(subdomain):
    from channels.db import database_sync_to_async

    return await database_sync_to_async(Shop.objects.get)(subdomain=subdomain)


async def test_what_a_browser_says_is_ignored():
    socket = handshake(ORDER, **page_of("alder"))
    await socket.connect(timeout=10)

    await socket.send_to(text_data='{"type": "changed", "group": "board"}')

    assert await socket.receive_nothing(timeout=0.2)
    await socket.disconnect()


@pytest.mark.parametrize(
    "frames", [["x" * 300], [b"x" * 300], ["x"] * 25], ids=["long", "bytes", "flood"]
)
async def test_a_browser_that_says_too_much_is_cut_off(frames):
    socket = handshake(ORDER, **page_of("alder"))
    await socket.connect(timeout=10)

    for frame in frames:
        if isinstance(frame, bytes):
            await socket.send_to(bytes_data=frame)
        else:
            await socket.send_to(text_data=frame)

    closed = await socket.receive_output(timeout=5)
    assert closed == {"type": "websocket.close", "code": sockets.TOO_MUCH}
