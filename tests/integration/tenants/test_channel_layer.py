"""Who listens hears of a gap, and then of everything again."""

import asyncio
import errno
import os
import signal
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import pytest
from chaos.proxy import Proxy
from django.utils.module_loading import import_string
from redis.exceptions import RedisError

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


class StarvedError(BaseException):
    """A loop that was never let go."""


@pytest.fixture
def watch_over_the_loop() -> Iterator[None]:
    """Interrupt a loop that spins: no time-out of its own would ever be looked at."""

    def interrupt(*_told):
        raise StarvedError

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.alarm(8)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("watch_over_the_loop")
async def test_a_line_the_kernel_gave_up_is_taken_up_again(layer):
    listener = await layer.new_channel()
    await layer.group_add("board", listener)
    await asyncio.sleep(0.1)
    [shard] = layer._shards
    lost = shard._pubsub.connection._writer.transport

    # What it does when the kernel has tried in vain for as long as it is told to.
    lost._fatal_error(TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)))

    assert await hear(layer, listener) == {"type": "changed"}
    await layer.group_send("board", {"type": "said"})
    assert await hear(layer, listener) == {"type": "said"}
    assert shard._pubsub.connection._writer.transport is not lost


async def test_who_comes_while_nothing_can_be_heard_leaves_nothing_behind(layer, proxy):
    proxy.cut()

    for _handshake in range(3):
        with pytest.raises((RedisError, OSError)):
            await layer.new_channel()

    assert layer.channels == {}


async def test_who_cannot_join_a_group_is_not_in_it(layer, proxy):
    present, late = await layer.new_channel(), await layer.new_channel()
    await layer.group_add("board", present)
    proxy.cut()
    await asyncio.sleep(0.3)

    with pytest.raises((RedisError, OSError)):
        await layer.group_add("shelf", late)

    assert [*layer.groups.values()] == [{present}]


def test_it_is_the_products():
    backend = base.CHANNEL_LAYERS["default"]["BACKEND"]

    assert import_string(backend) is channel_layer.Layer
