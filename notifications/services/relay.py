"""The relay: lease a due message, commit, hand it over, write down what came of it.

What goes to servers of somebody else has a lane of its own: whoever watches a page does
not wait for a mail server. Messages are leased one at a time. A worker that dies takes
one lease with it and nothing else; a message that kills its worker spoils no neighbour's
attempts. Any number of relays may run in one shop: each skips what another is holding.
"""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from kernel import events
from notifications import handlers, insisting, redaction
from notifications.handlers import Lane
from notifications.models import Message, MessageQuerySet

logger = logging.getLogger(__name__)

#: The mean sum of their delays is a little over a day: an outage over night is
#: survived, a message nobody can deliver is not carried for ever.
MAX_ATTEMPTS = 28
LONGEST_DELAY = timedelta(hours=6)

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Tally:
    """What a run of the relay did."""

    done: int = 0
    retried: int = 0
    dead: int = 0
    is_more_due: bool = False


def deliver_due(*, clock: Clock, patience: timedelta, lane: Lane) -> Tally:
    """Deliver a lane's due messages in the schema in force, until none or time is left.

    Handlers run outside any transaction. One that fails stops no other.

    Args:
        clock: says what time it is, for each message anew.
        patience: after it no further message is begun.

    Raises:
        RuntimeError: a transaction is open.
    """
    tally = Tally()
    until = clock() + patience
    while (now := clock()) < until:
        message = lease_next(now=now, lane=lane)
        if message is None:
            return tally
        _deliver(message, tally=tally, clock=clock)
    tally.is_more_due = is_due(now=clock(), lane=lane)
    return tally


def is_due(*, now: datetime, lane: Lane) -> bool:
    """Say whether a lane has a message that may be taken."""
    return _due(now, lane).exists()


def lease_next(*, now: datetime, lane: Lane) -> Message | None:
    """Take a lane's oldest due message that nobody holds, and count the attempt.

    The attempt is counted before anything is tried, so that a message that kills
    its worker runs out of attempts like any other.
    """
    with transaction.atomic(durable=True):
        message = (
            _due(now, lane)
            .order_by("next_attempt_at", "pk")
            .select_for_update(skip_locked=True)
            .first()
        )
        if message is not None:
            message.attempts += 1
            message.lease_until = now + timedelta(seconds=settings.OUTBOX_LEASE)
            message.save(update_fields=["attempts", "lease_until"])
    return message


def _due(now: datetime, lane: Lane) -> MessageQuerySet:
    due, outside = Message.objects.due(now), handlers.kinds_outside()
    # A kind that nobody takes is found inside, and ends there.
    return (
        due.filter(kind__in=outside)
        if lane is Lane.OUTSIDE
        else due.exclude(kind__in=outside)
    )


def delay_after(attempts: int, *, waited: timedelta) -> timedelta:
    """Return how long to wait after so many attempts: exponential, full jitter.

    Never longer than the message has waited already: what an outage of ten minutes
    held up has left ten minutes after it, not when a long pause happens to be over.
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    first = timedelta(seconds=settings.OUTBOX_FIRST_DELAY)
    longest = min(LONGEST_DELAY, first * 2 ** min(attempts - 1, 20), max(first, waited))
    return timedelta(seconds=random.uniform(0, longest.total_seconds()))  # noqa: S311 (spread, not secrecy)


def _deliver(message: Message, *, tally: Tally, clock: Clock) -> None:
    if message.attempts > MAX_ATTEMPTS:
        # The last attempt was leased and never settled: its worker died of it.
        tally.dead += _bury(message, "The worker died at the last attempt.")
        return
    try:
        registration = handlers.registration_of(message.kind)
    except KeyError:
        tally.dead += _bury(message, f"Nobody takes messages of kind {message.kind!r}.")
        return
    try:
        registration.handler(
            message.payload, dedupe_key=message.dedupe_key, now=clock()
        )
    except handlers.Undeliverable as error:
        tally.dead += _bury(message, redaction.describe(error))
    except Exception as error:  # noqa: BLE001 (whatever it is, the next one goes on)
        _try_again(message, error, tally=tally, now=clock())
    else:
        events.tell("delivery", kind=message.kind, outcome="done")
        kept: dict[str, object] = (
            {"payload": {}} if registration.is_confidential else {}
        )
        tally.done += _settle(
            message, state=Message.State.DONE, done_at=clock(), last_error="", **kept
        )


def _try_again(
    message: Message, error: Exception, *, tally: Tally, now: datetime
) -> None:
    reason = redaction.describe(error)
    if message.attempts >= MAX_ATTEMPTS:
        tally.dead += _bury(message, reason)
        return
    events.tell("delivery", kind=message.kind, outcome="retried")
    delay = delay_after(message.attempts, waited=now - message.created_at)
    logger.warning(
        "message %s failed at attempt %d, again in %.0f s: %s",
        message.pk,
        message.attempts,
        delay.total_seconds(),
        reason,
    )
    tally.retried += _settle(message, next_attempt_at=now + delay, last_error=reason)


def _bury(message: Message, reason: str) -> int:
    logger.error("message %s is a dead letter: %s", message.pk, reason)
    events.tell("delivery", kind=message.kind, outcome="dead")
    return _settle(message, state=Message.State.DEAD, last_error=reason)


def _settle(message: Message, **changes: object) -> int:
    """Write down what came of a message, if its lease is still ours; count it."""
    ours = Message.objects.filter(
        pk=message.pk, state=Message.State.DUE, lease_until=message.lease_until
    )
    settled = insisting.until_written(lambda: ours.update(lease_until=None, **changes))
    if not settled:
        logger.warning("message %s took longer than its lease", message.pk)
    return settled
