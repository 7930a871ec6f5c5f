"""Who listens hears of a gap, and then of everything again."""

import asyncio
import os
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from chaos.proxy import Proxy
from django.utils.module_loading import import_string

from quickcart.settings import base
from tenants import channel_layer


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    place = urlsplit(os.environ["REDIS_URL"])
    with Proxy(place.hostname, place.port) as proxy:
        yield proxy


@pytest.fixture
async def layer(proxy: Proxy, monkeypatch) -> AsyncIterator[channel_layer.Layer]:
    monkeypatch.setattr(channel_layer, "SPREAD", 0.1)
    place = urlsplit(os.environ["REDIS_URL"])
    user = place.netloc.rpartition("@")[0]
    host, port = proxy.address
    address = place._replace(netloc=f"{user}@{host}:{port}").geturl()
    options = base.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"][0]
    hosts = [{**options, "address": address}]
    layer = channel_layer.Layer(hosts=hosts, prefix=f"test{os.getpid()}")
    yield layer
    proxy.heal()
    await layer.flush()


async def hear(layer: channel_layer.Layer, name: str) -> dict[str, str]:
    return await asyncio.wait_for(layer.receive(name), timeout=5)


async def test_a_group_hears_what_is_said(layer):
    listener = await layer.new_channel()
    await layer.group_add("board", listener)
    await asyncio.sleep(0.1)

    await layer.group_send("board", {"type": "changed"})

    assert await hear(layer, listener) == {"type": "changed"}


@pytest.mark.parametrize("fault", ["cut", "reset"])
async def test_who_was_cut_off_is_told_to_look_and_hears_again(fault, layer, proxy):
    listener = await layer.new_channel()
    await layer.group_add("board", listener)
    await asyncio.sleep(0.1)

    getattr(proxy, fault)()
    await asyncio.sleep(0.3)
    proxy.heal()

    assert await hear(layer, listener) == {"type": "changed"}
    await asyncio.sleep(0.2)
    await layer.group_send("board", {"type": "said"})
    assert await hear(layer, listener) == {"type": "said"}


def test_it_is_the_products():
    backend = base.CHANNEL_LAYERS["default"]["BACKEND"]

    assert import_string(backend) is channel_layer.Layer
