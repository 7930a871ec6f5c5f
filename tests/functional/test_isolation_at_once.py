"""Shops served at the same time, by the same threads, from the same caches.

Here everything really commits, and threads and coroutines take turns.
"""

import asyncio
import itertools
import logging
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.test import Client
from support import canaries, ground
from wagtail.models import Site as WagtailSite

from accounts.models import User
from kernel import clock
from notifications import outbox, wakeup
from quickcart.websocket import application
from storefront.oscar_apps.catalogue.models import Product
from tenants import channels, context, logs, sockets

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("at once")]

#: Each reads six things, half of them in threads and half in coroutines.
LOOKS = 1_200
THREADS = 6


@pytest.fixture(scope="module")
def network(django_db_setup, worker_id, django_db_blocker, tmp_path_factory):
    label, media = f"{worker_id}_at_once", tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), ground.network(label=label, media=media) as made:
        yield made


def look(filled) -> list[str]:
    """Read in a shop what a process keeps in its memory and what it does not.

    Returns:
        What was somebody else's.
    """
    with context.inside(filled.shop):
        facts = {
            "row": filled.mark in Product.objects.get(pk=filled.keys["product"]).title,
            "person": User.objects.get(pk=filled.owner.pk).email == filled.owner.email,
            "schema": connection.schema_name == filled.shop.schema_name,
            "cache": cache.get_or_set("shop", filled.mark) == filled.mark,
            "content type": _content_type_of(User) == filled.keys["user_type"],
            "site": filled.mark in WagtailSite.objects.get().site_name,
        }
        return [name for name, is_own in facts.items() if not is_own]


def _content_type_of(model) -> int:
    return ContentType.objects.get_for_model(model).pk


@pytest.fixture(scope="module", autouse=True)
def truth(network):
    """Ask each shop for its content type's key with nothing remembered."""
    for filled in network.values():
        with context.inside(filled.shop), connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM django_content_type"
                " WHERE app_label = 'accounts' AND model = 'user'"
            )
            filled.keys["user_type"] = cursor.fetchone()[0]


def read_by_threads(network, *, rounds: int, read=look) -> Counter[str]:
    """Read in all shops from several threads, each of which serves them all."""
    wrong: Counter[str] = Counter()

    def work(seed: int) -> None:
        order = random.Random(seed)
        try:
            for _round in range(rounds):
                filled = order.choice(list(network.values()))
                wrong.update(read(filled))
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    return wrong


async def read_by_coroutines(network, *, looks: int) -> Counter[str]:
    """Read in all shops the way sockets do, many at a time."""
    wrong: Counter[str] = Counter()
    turns = itertools.islice(itertools.cycle(network.values()), looks)

    async def one(filled) -> None:
        wrong.update(await sockets.in_shop(filled.shop, look)(filled))

    await asyncio.gather(*(one(filled) for filled in turns))
    return wrong


def test_threads_and_coroutines_read_their_own_shop(network):
    half = LOOKS // 2
    by_coroutines: list[Counter[str]] = []
    beside = threading.Thread(
        target=lambda: by_coroutines.append(
            asyncio.run(read_by_coroutines(network, looks=half))
        )
    )
    beside.start()
    by_threads = read_by_threads(network, rounds=half // THREADS)
    beside.join()

    assert by_threads == Counter()
    assert by_coroutines == [Counter()]


def test_the_detector_sees_a_cache_that_knows_no_shop(network, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    }
    cache.clear()

    wrong = read_by_threads(network, rounds=10)

    assert set(wrong) == {"cache"}


def test_the_detector_sees_content_types_shared_by_shops(network, monkeypatch):
    monkeypatch.setattr(ContentType.objects, "_cache", {})

    wrong = read_by_threads(network, rounds=20)

    assert set(wrong) == {"content type"}


def visit(filled) -> list[str]:
    """Ask a shop for pages; return those on which another shop is to be seen."""
    client = Client(headers=filled.host)
    with context.in_public():
        pages = {
            path: client.get(path).text
            for path in ("/", filled.paths["product"], "/shop/search/?q=bread")
        }
    return [path for path, text in pages.items() if filled.mark not in text.lower()]


def test_pages_asked_for_at_once_are_their_own_shop_s(network):
    assert read_by_threads(network, rounds=6, read=visit) == Counter()


def test_a_thread_is_nobody_s_again_after_each_page(network):
    for filled in network.values():
        Client(headers=filled.host).get("/")
        assert context.is_public()
        Client(headers=filled.host, raise_request_exception=False).get("/%ff")
        assert context.is_public()


# What leaves a process, and what stays behind ------------------------------------------


def test_a_wake_up_names_the_shop_that_wrote_the_message(network, monkeypatch):
    sent = []
    monkeypatch.setattr(wakeup, "send", sent.append)

    for filled in network.values():
        with context.inside(filled.shop), transaction.atomic():
            outbox.post(kind="x", dedupe_key="same", payload={}, now=clock.now())
            with context.in_public():
                pass  # who is in force when it commits is another matter

    assert sent == [filled.shop.schema_name for filled in network.values()]


def test_files_of_the_same_name_lie_apart(network):
    found = {}
    for name, filled in network.items():
        with context.inside(filled.shop):
            saved = default_storage.path("documents/leaflet.txt")
            assert default_storage.exists(f"only-in-{name}.txt")
            assert not default_storage.exists("only-in-nobody.txt")
        found[name] = Path(saved).read_text()
        assert filled.shop.schema_name in saved

    assert found == {name: filled.mark for name, filled in network.items()}


def test_a_file_is_of_no_shop_but_its_own(network):
    for filled, other in itertools.permutations(network.values(), 2):
        with context.inside(filled.shop):
            assert not default_storage.exists(f"only-in-{other.shop.subdomain}.txt")


def test_log_lines_say_the_shop_of_their_thread(network):
    lines: list[tuple[str, str]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append((record.getMessage(), record.shop))

    logger, handler = logging.getLogger("tests.isolation"), Keep()
    handler.addFilter(logs.ShopFilter())
    logger.addHandler(handler)
    logger.propagate = False

    def say(filled) -> list[str]:
        with context.inside(filled.shop):
            logger.warning(filled.shop.subdomain)
        return []

    read_by_threads(network, rounds=20, read=say)

    assert len(lines) == 20 * THREADS
    assert all(message == shop for message, shop in lines)


def test_group_names_differ(network):
    for name in ("board", "stock", "order.0123456789abcdef"):
        groups = set()
        for filled in network.values():
            with context.inside(filled.shop):
                groups.add(channels.group(name))
        assert len(groups) == len(network)


@pytest.mark.parametrize(
    ("owner_of_order", "is_open"), [("alder", True), ("birch", False), ("cedar", False)]
)
async def test_only_an_order_of_this_shop_can_be_watched(
    network, owner_of_order, is_open
):
    host = network["alder"].host["host"]
    headers = [
        (b"host", host.encode()),
        (b"origin", f"http://{host}:{settings.QUICKCART_PORT}".encode()),
    ]
    for reference in network[owner_of_order].references:
        socket = WebsocketCommunicator(
            application, f"/ws/orders/{reference}/", headers=headers
        )
        accepted, _code = await socket.connect(timeout=10)
        assert accepted is is_open
        await socket.disconnect()


def test_words_of_a_shop_are_told_apart():
    words = {canaries.mark_of(name) for name in ("alder", "birch")}

    assert canaries.found_in("… CanaryBirch …", words) == {"canarybirch"}
