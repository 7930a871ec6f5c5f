"""Writing into the outbox: the only way anything leaves a transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from notifications import wakeup
from notifications.models import Message


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
    messages = [
        Message(
            kind=posting.kind,
            dedupe_key=posting.dedupe_key,
            payload=posting.payload,
            next_attempt_at=posting.not_before or now,
            created_at=now,
        )
        for posting in postings
    ]
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    if any(message.next_attempt_at <= now for message in messages):
        wakeup.on_commit()
