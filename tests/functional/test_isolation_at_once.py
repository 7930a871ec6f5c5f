"""Shops served at the same time, by the same threads, from the same caches.

Here everything really commits, and threads and coroutines take turns.
"""

import itertools
import logging
from collections import Counter
from pathlib import Path

import pytest
from attack import at_once
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from support import canaries, ground

from kernel import clock
from notifications import outbox, wakeup
from quickcart.websocket import application
from tenants import channels, context, logs

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("at once")]


@pytest.fixture(scope="module")
def network(django_db_setup, worker_id, django_db_blocker, tmp_path_factory):
    label, media = f"{worker_id}_at_once", tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), ground.network(label=label, media=media) as made:
        yield made


@pytest.fixture(scope="module", autouse=True)
def truth(network):
    at_once.ask_for_truth(network)


def test_the_detector_sees_content_types_shared_by_shops(network, monkeypatch):
    monkeypatch.setattr(ContentType.objects, "_cache", {})

    wrong = at_once.by_threads(network, rounds=20)

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
    assert at_once.by_threads(network, rounds=6, read=visit) == Counter()


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

    at_once.by_threads(network, rounds=20, read=say)

    assert len(lines) == 20 * at_once.THREADS
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
