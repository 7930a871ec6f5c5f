"""Writing into the outbox: the only way anything leaves a transaction."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from notifications import wakeup
from notifications.models import Message

WRITE = """
INSERT INTO notifications_outbox (
    kind, dedupe_key, payload, state, attempts, next_attempt_at, last_error, created_at
)
SELECT kind, key, payload, %(state)s, 0, due_at, '', %(now)s
FROM unnest(
    %(kinds)s::text[], %(keys)s::text[], %(payloads)s::jsonb[], %(times)s::timestamptz[]
) AS posting (kind, key, payload, due_at)
ON CONFLICT DO NOTHING
"""


class NotInTransactionError(RuntimeError):
    """A message was written outside a transaction: it could outlive a rollback."""


@dataclass(frozen=True, slots=True)
class Posting:
    """A message to be; see `post` for its parts."""

    kind: str
    dedupe_key: str
    payload: dict[str, Any]
    not_before: datetime | None = None


def post(
    *,
    kind: str,
    dedupe_key: str,
    payload: dict[str, Any],
    now: datetime,
    not_before: datetime | None = None,
) -> None:
    """Write a message in the caller's transaction; the relay wakes when it commits.

    Writing the same `dedupe_key` again does nothing.

    Args:
        kind: which handler takes it (`notifications.handlers`).
        dedupe_key: names the event, at most 200 characters; unique in the shop.
        payload: JSON: ids and facts, never secrets.
        not_before: when it is due; at once if None.

    Raises:
        NotInTransactionError: no transaction is open.
    """
    post_all([Posting(kind, dedupe_key, payload, not_before)], now=now)


def post_all(postings: Iterable[Posting], *, now: datetime) -> None:
    """Write several messages as `post` writes one, in one query.

    Raises:
        NotInTransactionError: no transaction is open.
    """
    if not connection.in_atomic_block:
        raise NotInTransactionError
    rows = [
        (each.kind, each.dedupe_key, json.dumps(each.payload), each.not_before or now)
        for each in postings
    ]
    if not rows:
        return
    kinds, keys, payloads, times = (list(column) for column in zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE,
            {
                "kinds": kinds,
                "keys": keys,
                "payloads": payloads,
                "times": times,
                "state": Message.State.DUE,
                "now": now,
            },
        )
    if min(times) <= now:
        wakeup.on_commit()
