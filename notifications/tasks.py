"""Wake-ups of the relay, and the sweep that finds what a wake-up missed."""

import logging
from datetime import timedelta
from typing import Any

from celery import shared_task, signals

from kernel import clock
from notifications import desks, wakeup
from notifications.handlers import Lane
from notifications.models import Message
from notifications.services import dead_letters
from notifications.services import relay as service
from tenants import fleet, guard
from tenants.database import connection

logger = logging.getLogger(__name__)

_desks = desks.Desks(1)

#: A busy shop gives way to the others after this long, and queues up again.
TURN = timedelta(seconds=10)

#: Served by the partial index `outbox_due`.
IS_DUE = """EXISTS (
    SELECT FROM %1$I.notifications_outbox
    WHERE state = 'due' AND next_attempt_at <= statement_timestamp()
      AND (lease_until IS NULL OR lease_until <= statement_timestamp())
)"""


#: Messages done with are kept this long, for whoever asks what became of one.
KEPT = timedelta(days=30)

HAS_OLD = """EXISTS (
    SELECT FROM %1$I.notifications_outbox
    WHERE state = 'done' AND done_at < now() - interval '30 days'
)"""


@signals.worker_init.connect
def _set_desks(sender: Any, **kwargs: object) -> None:
    """Share the desks among the processes that are about to be forked."""
    global _desks  # noqa: PLW0603 (the worker's one set, inherited by its processes)
    _desks = desks.Desks(max(1, sender.concurrency - 1))


@shared_task(name=wakeup.RELAY)
def relay(lane: str = Lane.INSIDE, **kwargs: object) -> None:
    """Deliver what is due in a shop."""
    _deliver(Lane(lane))


@shared_task(base=guard.HubTask, name=wakeup.HUB_RELAY)
def relay_hub(lane: str = Lane.INSIDE, **kwargs: object) -> None:
    """Deliver what is due on the hub."""
    _deliver(Lane(lane))


def _deliver(lane: Lane) -> None:
    if lane is Lane.OUTSIDE:
        _write_letters()
        return
    if _take_a_turn(lane):
        wakeup.send(connection.schema_name)
    if service.is_due(now=clock.now(), lane=Lane.OUTSIDE):
        wakeup.send(connection.schema_name, lane=Lane.OUTSIDE)


def _write_letters() -> None:
    with _desks.one() as is_free:
        # Whoever has more to write queues up behind those who have written none.
        if not is_free or _take_a_turn(Lane.OUTSIDE):
            _desks.put_off(connection.schema_name)
    if is_free and (following := _desks.next()):
        wakeup.send(following, lane=Lane.OUTSIDE)


def _take_a_turn(lane: Lane) -> bool:
    """Deliver for a while; say whether more is due."""
    tally = service.deliver_due(clock=clock.now, patience=TURN, lane=lane)
    if tally.done or tally.retried or tally.dead:
        logger.info(
            "%d delivered, %d later, %d dead", tally.done, tally.retried, tally.dead
        )
    return tally.is_more_due


@shared_task(base=guard.HubTask)
def sweep(**kwargs: object) -> None:
    """Wake the relay of every schema in which something is due."""
    due = fleet.schemas_where(IS_DUE)
    if Message.objects.due(clock.now()).exists():
        due.append(connection.schema_name)
    for schema_name in due:
        wakeup.send(schema_name)


@shared_task
def prune(**kwargs: object) -> None:
    """Delete what a shop's outbox is done with since long."""
    dead_letters.prune(before=clock.now() - KEPT)


@shared_task(base=guard.HubTask)
def prune_everywhere(**kwargs: object) -> None:
    """Prune the hub's outbox, and have each shop prune its own where there is need."""
    dead_letters.prune(before=clock.now() - KEPT)
    for schema_name in fleet.schemas_where(HAS_OLD):
        guard.send_for(schema_name, prune)
