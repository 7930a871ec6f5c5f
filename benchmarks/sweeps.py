"""The sweep of all outboxes, which beat asks of the worker every ten seconds."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from celery import signals
from django.db import connection, transaction
from support.verdicts import Verdict, at_most, exactly

from benchmarks import crowd, post
from benchmarks.kit import ground
from kernel import clock
from notifications import outbox, tasks
from notifications.models import Message
from quickcart import celery  # the application whose task it is
from tenants import context
from tenants.models import Shop

TIMES = 5
#: So many shops have a message due; of a small network, one of so many.
DUE, ONE_OF = 50, 3
KEY = "due-when-the-sweep-comes"


def sweeps(market: ground.Ground) -> Iterator[Verdict]:
    """Over every shop there is, with a message due in some; none stays behind.

    What takes its time is the whole task: the question, and a wake-up to the broker for
    each shop in which something is due. No worker is there to follow it.
    """
    with context.in_public():
        shops = list(Shop.objects.order_by("pk"))
    chosen = shops[:: max(ONE_OF, len(shops) // DUE)][:DUE]
    with ExitStack() as stack:
        stack.enter_context(post.broker_of(market))
        stack.enter_context(_due(shops, chosen))
        woken = stack.enter_context(_wake_ups())
        sweep = celery.app.tasks[tasks.sweep.name]
        with context.in_public():
            took = crowd.seconds(lambda: sweep.apply(throw=True), times=TIMES)
    there = f"over {len(shops)} shops, {len(chosen)} with a message due"
    yield at_most(f"sweep {there}", took, "s", 2)
    wanted = Counter({shop.schema_name: TIMES for shop in chosen})
    wrong = (wanted - woken) + (woken - wanted)
    name = f"sweep {there}: wake-ups missing or too many"
    yield exactly(name, wrong.total(), "wake-ups", 0)


@contextmanager
def _due(shops: Sequence[Shop], chosen: Sequence[Shop]) -> Iterator[None]:
    """Have a message due in the chosen shops and nowhere else, for as long as it lasts.

    What opening a shop posts nobody has delivered here: it counts as done from now on.
    """
    now = clock.now()
    for shop in shops:
        with context.inside(shop):
            Message.objects.due(now).update(state=Message.State.DONE, done_at=now)
    for shop in chosen:
        with context.inside(shop), transaction.atomic():
            outbox.post(kind="invitation_mail", dedupe_key=KEY, payload={}, now=now)
    # A backend keeps what it has touched: the sweep gets a fresh one.
    connection.close()
    try:
        yield
    finally:
        for shop in chosen:
            with context.inside(shop):
                Message.objects.filter(dedupe_key=KEY).delete()


@contextmanager
def _wake_ups() -> Iterator[Counter[str]]:
    """Count what the broker has taken, by schema."""
    woken: Counter[str] = Counter()

    def note(headers: Mapping[str, str], **facts: object) -> None:
        woken[headers["_schema_name"]] += 1

    signals.after_task_publish.connect(note)
    try:
        yield woken
    finally:
        signals.after_task_publish.disconnect(note)
