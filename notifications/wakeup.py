"""Waking the relay when a transaction that posted a message commits.

The wake-up is a courtesy: the message is safe in its table, and the sweep finds
it within seconds. So a broker that is down costs a request nothing but a moment,
and a process that has just met a dead broker does not try again for a while.
"""

import functools
import logging
import time
from dataclasses import dataclass

from celery import current_app
from django.conf import settings
from django.db import transaction
from django_tenants.utils import get_public_schema_name
from kombu import Connection, pools
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from notifications.handlers import Lane
from tenants.database import connection

logger = logging.getLogger(__name__)

RELAY = "notifications.tasks.relay"
HUB_RELAY = "notifications.tasks.relay_hub"

#: Seconds a wake-up may wait for the broker at each step (connect, answer).
PATIENCE = 0.15
#: Seconds without wake-ups after the broker failed one.
PAUSE = 5.0
#: Seconds after which a wake-up is worth nothing: the sweep has been by.
LIFETIME = 60

_paused_until = 0.0


@dataclass(frozen=True, slots=True)
class WakeUp:
    """What a transaction does when it commits, for the schema in which it wrote."""

    schema_name: str

    def run(self) -> None:
        send(self.schema_name)


def on_commit() -> None:
    """Wake the relay of the schema in force, once, when the transaction commits.

    One callback is enough for any number of messages: an earlier one can only be
    dropped by rolling back a savepoint in which this message is written as well.
    """
    wake_up = WakeUp(connection.schema_name)
    callbacks = (entry[1] for entry in connection.run_on_commit)
    if all(getattr(each, "__self__", None) != wake_up for each in callbacks):
        # A method, not the object: Django asks a callback that fails for its name,
        # and where it has none the request fails after all.
        transaction.on_commit(wake_up.run, robust=True)


def send(schema_name: str, *, lane: Lane = Lane.INSIDE) -> bool:
    """Send the relay of a schema a task; say whether the broker took it.

    Args:
        lane: where it begins; having done what is inside it goes on outside.
    """
    global _paused_until  # noqa: PLW0603 (one broker, one state for the process)
    if time.monotonic() < _paused_until:
        return False
    name = HUB_RELAY if schema_name == get_public_schema_name() else RELAY
    try:
        with _producers().acquire(block=True, timeout=PATIENCE) as producer:
            current_app.send_task(
                name,
                kwargs={"lane": lane},
                headers={"_schema_name": schema_name},
                producer=producer,
                retry=False,
                expires=LIFETIME,
                ignore_result=True,
            )
    except (KombuError, RedisError, OSError) as error:
        _paused_until = time.monotonic() + PAUSE
        logger.warning("the broker took no wake-up, the sweep will: %s", error)
        return False
    return True


@functools.cache
def _producers() -> pools.ProducerPool:
    """Return producers that give up at once; Celery's own wait for seconds."""
    impatience = {
        "socket_connect_timeout": PATIENCE,
        "socket_timeout": PATIENCE,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0,
        "interval_max": 0,
    }
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    broker = Connection(
        settings.CELERY_BROKER_URL,
        connect_timeout=PATIENCE,
        transport_options={**options, **impatience},
    )
    producers: pools.ProducerPool = pools.producers[broker]
    return producers
