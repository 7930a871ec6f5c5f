"""Open pages are told that something changed, in their own shop only."""

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from redis.exceptions import ConnectionError as BrokenConnectionError

from kernel import clock
from notifications import live
from tenants import channels, context


@pytest.fixture
def layer():
    layer = get_channel_layer()
    async_to_sync(layer.flush)()
    yield layer
    async_to_sync(layer.flush)()


def tell(group="board"):
    live.tell({"group": group}, dedupe_key="event", now=clock.now())


def test_a_change_reaches_the_group_of_its_own_shop(alder, birch, layer):
    for shop, channel in ((alder, "page.alder"), (birch, "page.birch")):
        with context.inside(shop):
            async_to_sync(layer.group_add)(channels.group("board"), channel)

    with context.inside(alder):
        tell()

    assert async_to_sync(layer.receive)("page.alder") == {"type": "changed"}
    assert layer.channels.get("page.birch") is None


def test_a_layer_that_is_down_is_no_reason_to_try_again(shop, layer, monkeypatch):
    async def fail(group, message):
        raise BrokenConnectionError("no broker")

    monkeypatch.setattr(layer, "group_send", fail)

    tell()
