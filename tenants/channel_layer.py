"""The channel layer in Valkey, whose listeners hear when they may have missed something.

Valkey keeps nothing for who is not listening: what is said while a connection is down
is lost. A socket that stays open meanwhile would wait for news that has been. So when
the connection is up again, every socket of the process is told that something changed,
and its page asks for itself.
"""

import asyncio
import random
from typing import Any

from channels_redis.pubsub import (
    RedisPubSubChannelLayer,
    RedisPubSubLoopLayer,
    RedisSingleShardConnection,
)
from channels_redis.utils import decode_hosts
from redis.asyncio.client import PubSub

#: Seconds over which pages are told, so that they do not all ask at once.
SPREAD = 3.0


class Layer(RedisPubSubChannelLayer):
    """channels_redis' layer over connections that notice a gap."""

    def _get_layer(self) -> "LoopLayer":
        loop = asyncio.get_running_loop()
        if loop not in self._layers:
            # The parent's own: it wraps the loop's end as well.
            super()._get_layer()
            self._layers[loop] = LoopLayer(
                *self._args, **self._kwargs, channel_layer=self
            )
        layer: LoopLayer = self._layers[loop]
        return layer


class LoopLayer(RedisPubSubLoopLayer):
    """The layer of one event loop."""

    def __init__(self, hosts: Any = None, **options: Any) -> None:
        super().__init__(hosts, **options)
        self._shards = [Shard(host, self) for host in decode_hosts(hosts)]

    async def _subscribe_to_channel(self, channel: str) -> None:
        try:
            await super()._subscribe_to_channel(channel)
        except BaseException:
            # Nobody listens where nothing can be heard; its queue would stay for good.
            self.channels.pop(channel, None)
            raise

    async def group_add(self, group: str, channel: str) -> None:
        try:
            await super().group_add(group, channel)
        except BaseException:
            name = self._get_group_channel_name(group)
            members = self.groups.get(name, set())
            members.discard(channel)
            if not members:
                self.groups.pop(name, None)
            raise

    def tell_everybody(self) -> None:
        """Have every listener of this process look for itself, soon."""
        message = self.channel_layer.serialize({"type": "changed"})
        loop = asyncio.get_running_loop()
        for name in list(self.channels):
            delay = random.uniform(0, SPREAD)  # noqa: S311 (spread, not secrecy)
            loop.call_later(delay, self._tell, name, message)

    def _tell(self, name: str, message: bytes) -> None:
        if queue := self.channels.get(name):
            queue.put_nowait(message)


class Shard(RedisSingleShardConnection):
    """The connection to one server."""

    def _ensure_redis(self) -> None:
        if self._redis is None:
            super()._ensure_redis()
            client: Any = self._redis
            self._pubsub = Listener(self.channel_layer, client.connection_pool)


class Listener(PubSub):
    """A subscription that says when it had to be taken up again."""

    def __init__(self, layer: LoopLayer, *args: Any) -> None:
        super().__init__(*args)
        self._layer = layer

    async def on_connect(self, connection: Any) -> None:
        is_again = self.subscribed
        await super().on_connect(connection)
        if is_again:
            self._layer.tell_everybody()

    async def parse_response(self, *args: Any, **options: Any) -> Any:
        """Read what came, over a new connection where the kernel gave up the line.

        The kernel's time-out is asyncio's TimeoutError, and that is to redis-py its own:
        nothing has come yet. It would read on, each time ending at once, and never let
        anybody else in the loop have a turn.
        """
        connection: Any = self.connection
        if connection and connection.is_connected and connection._reader.exception():  # noqa: SLF001 (no other way to ask)
            await connection.disconnect(nowait=True)
        return await super().parse_response(*args, **options)
