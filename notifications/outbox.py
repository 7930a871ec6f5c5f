"""Writing into the outbox: the only way anything leaves a transaction."""

from datetime import datetime
from typing import Any

from django.db import connection

from notifications import wakeup
from notifications.models import Message


class NotInTransactionError(RuntimeError):
    """A message was written outside a transaction: it could outlive a rollback."""


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
    if not connection.in_atomic_block:
        raise NotInTransactionError(kind)
    message = Message(
        kind=kind,
        dedupe_key=dedupe_key,
        payload=payload,
        next_attempt_at=not_before or now,
        created_at=now,
    )
    Message.objects.bulk_create([message], ignore_conflicts=True)
    if not_before is None or not_before <= now:
        wakeup.on_commit()
