"""A worker that is killed loses no confirmation and repeats at most its last one."""

import threading
from collections import Counter

import pytest
from celery import current_app
from factories import selling
from support.smtp import SmtpServer
from support.worker import Broker, Worker, wait_until

from kernel import clock
from notifications import wakeup
from notifications.models import Message
from pickup.models import PickupSettings
from storefront import fulfilment
from tenants import context
from tenants.models import Shop

pytestmark = pytest.mark.slow

ORDERS = 100


@pytest.fixture
def broker(settings):
    broker = Broker()
    settings.CELERY_BROKER_URL = broker.url
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": broker.prefix}
    wakeup._producers.cache_clear()
    yield broker
    wakeup._producers.cache_clear()
    broker.empty()


@pytest.fixture
def smtp():
    with SmtpServer() as server:
        yield server


@pytest.fixture
def worker(live_database, broker, smtp, tmp_path):
    worker = Worker(broker=broker, email_url=smtp.url, log=tmp_path / "worker.log")
    yield worker
    worker.kill()


@pytest.fixture
def sweeping(broker):
    """Sweep every second, as beat does every ten."""
    is_over = threading.Event()

    def sweep():
        while not is_over.wait(1):
            with wakeup._producers().acquire(block=True) as producer:
                current_app.send_task(
                    "notifications.tasks.sweep",
                    headers={"_schema_name": "public"},
                    producer=producer,
                )

    thread = threading.Thread(target=sweep)
    thread.start()
    yield
    is_over.set()
    thread.join()


def empty_outboxes():
    """Forget what the opening of the shops wrote."""
    Message.objects.all().delete()
    for shop in Shop.objects.all():
        with context.inside(shop):
            Message.objects.all().delete()


def place_orders(number):
    """Place orders of as many customers, for one slot with room for all."""
    PickupSettings.objects.update(capacity=number)
    apples = selling.a_product(stock=number)
    days = fulfilment.provider().days(basket=None, now=clock.now())
    slot = [slot.value for day in days for slot in day.slots][-1]
    for customer in range(number):
        contact = selling.orders.Contact(
            name="Ana", email=f"customer-{customer}@example.com"
        )
        selling.an_order((apples, 1), slot=slot, contact=contact, now=clock.now())


def kill_in_delivery(worker, smtp, *, after, is_taken):
    """Kill a worker whose processes have each sent a letter and await the answer."""
    wait_until(lambda: len(smtp.received) >= after, seconds=40, what="letters")
    smtp.gate.clear()
    wait_until(lambda: len(smtp.held) == Worker.DESKS, seconds=10, what="full hands")
    worker.kill()
    smtp.is_dropping = not is_taken
    smtp.gate.set()
    wait_until(lambda: not smtp.held, seconds=5, what="empty hands")
    smtp.is_dropping = False


def test_a_worker_killed_during_100_orders_loses_no_confirmation(
    worker, smtp, sweeping
):
    empty_outboxes()
    shop = Shop.objects.get(subdomain="alder")
    worker.start()
    with context.inside(shop):
        place_orders(ORDERS)

    kill_in_delivery(worker, smtp, after=20, is_taken=True)
    worker.start()
    kill_in_delivery(worker, smtp, after=60, is_taken=False)
    worker.start()

    with context.inside(shop):
        wait_until(
            lambda: not Message.objects.filter(state=Message.State.DUE).exists(),
            seconds=40,
            what="an empty outbox",
        )
        assert not Message.objects.dead().exists()
    letters = Counter(message.recipients[0] for message in smtp.received)
    assert set(letters) == {f"customer-{number}@example.com" for number in range(100)}
    # What the first kill cost: sent, but not yet written down.
    assert letters.total() - ORDERS == Worker.DESKS
    # The second struck letters that nobody had: without another try they were lost.
    assert {message.recipients[0] for message in smtp.dropped} <= set(letters)
    assert len(smtp.dropped) == Worker.DESKS
    assert f"[{shop.subdomain}] notifications.tasks" in worker.log.read_text()
