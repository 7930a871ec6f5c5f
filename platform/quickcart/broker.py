"""Celery's way to Valkey, which outlives the connection it works on.

kombu forgets the address of a connection that is closed. Whoever then still has a
message to acknowledge or to give back meets an AttributeError, which nobody expects,
and the worker ends. Here it is what it is, a connection that is gone: Celery notes it
and connects anew, and the message comes back by itself.
"""

from typing import Any

from kombu import transport
from kombu.transport import redis
from redis.exceptions import ConnectionError as NoConnection


class Channel(redis.Channel):
    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if self.connection is None or self.connection.client is None:
            raise NoConnection("The connection was closed.")
        params: dict[str, Any] = super()._connparams(asynchronous=asynchronous)  # type: ignore[misc]  # not in the stubs
        return params


class Transport(redis.Transport):
    Channel = Channel


def install() -> None:
    """Have every redis:// address use it."""
    transport.TRANSPORT_ALIASES["redis"] = f"{__name__}:Transport"
