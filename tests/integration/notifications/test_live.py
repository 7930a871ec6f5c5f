"""Open pages are told that something changed, in their own shop only."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from redis.exceptions import ConnectionError as BrokenConnectionError

from kernel import clock
from notifications import live, outbox
from notifications.handlers import Lane
from notifications.services import relay
from tenants import channels, context


@pytest.fixture
def layer():
    layer = get_channel_layer()
    async_to_sync(layer.flush)()
    yield layer
    async_to_sync(layer.flush)()


def deliver(now):
    return relay.deliver_due(
        clock=lambda: now, patience=timedelta(seconds=10), lane=Lane.INSIDE
    )


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


def test_a_page_the_layer_did_not_tell_is_told_again(shop, layer, monkeypatch):
    async def fail(group, message):
        raise BrokenConnectionError("no broker")

    with monkeypatch.context() as down:
        down.setattr(layer, "group_send", fail)
        with transaction.atomic():
            outbox.post(
                kind="live",
                dedupe_key="event",
                payload={"group": "board"},
                now=clock.now(),
            )
        assert deliver(clock.now()).retried == 1
    async_to_sync(layer.group_add)(channels.group("board"), "page")

    assert deliver(clock.now() + timedelta(minutes=1)).done == 1
    assert async_to_sync(layer.receive)("page") == {"type": "changed"}
