"""Writes that must not be given up: what has left is written down, or it leaves again.

A server that restarts or a disk that is full refuses for a while. Whoever has spoken to a
recipient waits for it, and speaks to nobody else meanwhile.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError

from tenants.database import connection

logger = logging.getLogger(__name__)

Written = TypeVar("Written")

#: Seconds between two tries.
PAUSE = 0.5


def until_written(write: Callable[[], Written]) -> Written:
    """Call `write` until the database takes it; return what it returns.

    For half a lease at most, as there are two such writes for a message: the ledger's,
    and what came of it. It may be called again after it did its work, where the answer
    was lost.

    Raises:
        OperationalError, InterfaceError: the database is away for longer, or a
            transaction is open, which nothing can be written in after this.
    """
    until = time.monotonic() + settings.OUTBOX_LEASE / 2
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() + PAUSE > until:
                raise
        logger.warning("what has left cannot be written down yet, again in %s s", PAUSE)
        connection.close_if_unusable_or_obsolete()
        time.sleep(PAUSE)
