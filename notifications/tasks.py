"""Wake-ups of the relay, and the sweep that finds what a wake-up missed."""

import logging
from datetime import timedelta

from celery import shared_task

from kernel import clock
from notifications import wakeup
from notifications.models import Message
from notifications.services import dead_letters
from notifications.services import relay as service
from tenants import fleet, guard
from tenants.database import connection

logger = logging.getLogger(__name__)

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


@shared_task(name=wakeup.RELAY)
def relay(**kwargs: object) -> None:
    """Deliver what is due in a shop."""
    _take_a_turn()


@shared_task(base=guard.HubTask, name=wakeup.HUB_RELAY)
def relay_hub(**kwargs: object) -> None:
    """Deliver what is due on the hub."""
    _take_a_turn()


def _take_a_turn() -> None:
    tally = service.deliver_due(clock=clock.now, patience=TURN)
    if tally.done or tally.retried or tally.dead:
        logger.info(
            "%d delivered, %d later, %d dead", tally.done, tally.retried, tally.dead
        )
    if tally.is_more_due:
        wakeup.send(connection.schema_name)


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
