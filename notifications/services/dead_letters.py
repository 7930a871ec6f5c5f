"""Messages nobody could deliver: looking at them, sending them again, or not."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Min, Q

from notifications import wakeup
from notifications.models import Message

logger = logging.getLogger(__name__)


class NotDeadError(LookupError):
    """Messages that are no dead letters, or are not there; it says their ids."""


@dataclass(frozen=True, slots=True)
class Stats:
    """How an outbox stands."""

    due: int
    done: int
    dead: int
    oldest_due_at: datetime | None


def stats() -> Stats:
    """Count the messages of the schema in force by state."""
    due = Q(state=Message.State.DUE)
    counted = Message.objects.aggregate(
        due=Count("pk", filter=due),
        done=Count("pk", filter=Q(state=Message.State.DONE)),
        dead=Count("pk", filter=Q(state=Message.State.DEAD)),
        oldest_due_at=Min("next_attempt_at", filter=due),
    )
    return Stats(**counted)


def replay(*, now: datetime, ids: Iterable[int] | None = None) -> int:
    """Make dead letters due again, all of them or those with these ids; count them.

    A recipient who has the message according to the ledger does not get it twice.
    """
    letters = Message.objects.dead()
    if ids is not None:
        letters = letters.filter(pk__in=list(ids))
    with transaction.atomic():
        replayed = letters.update(
            state=Message.State.DUE, attempts=0, next_attempt_at=now, lease_until=None
        )
        if replayed:
            wakeup.on_commit()
    return replayed


def drop(*, ids: Iterable[int], now: datetime) -> list[Message]:
    """Have done with dead letters nobody can ever receive; return them as they were.

    Each stays until it is pruned, as done and with its last error: what writes its
    event again still writes nothing. What it said goes at once.

    Raises:
        NotDeadError: at least one is no dead letter; none is dropped.
    """
    wanted = set(ids)
    with transaction.atomic():
        chosen = Message.objects.dead().filter(pk__in=wanted).order_by("pk")
        letters = list(chosen.select_for_update())
        if others := wanted - {letter.pk for letter in letters}:
            raise NotDeadError(", ".join(map(str, sorted(others))))
        chosen.update(state=Message.State.DONE, done_at=now, payload={})
    for letter in letters:
        logger.warning("dead letter %s (%s) is dropped", letter.pk, letter.kind)
    return letters


def prune(*, before: datetime) -> int:
    """Delete messages done with before a moment; count them.

    The ledger stays: it is what makes an old event written again a no-op.
    """
    deleted, _by_model = Message.objects.filter(
        state=Message.State.DONE, done_at__lt=before
    ).delete()
    return deleted
