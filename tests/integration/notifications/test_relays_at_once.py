"""Two relays in one shop never deliver the same message."""

import threading
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction

from kernel import clock
from notifications import outbox
from notifications.handlers import Lane
from notifications.models import Message
from notifications.services import relay
from tenants import context
from tenants.models import Shop

pytestmark = pytest.mark.slow

MESSAGES = 40
RELAYS = 4


def lease_without_lock(*, now, lane):
    """Lease as a relay would that looks first and writes later."""
    message = Message.objects.due(now).order_by("next_attempt_at", "pk").first()
    if message is not None:
        message.attempts += 1
        message.lease_until = now + timedelta(seconds=60)
        time.sleep(0.001)
        message.save(update_fields=["attempts", "lease_until"])
    return message


def deliver_at_once(taking):
    """Return how often each message was delivered by several relays."""
    seen = []
    shop = Shop.objects.get(subdomain="alder")
    start = threading.Barrier(RELAYS)

    def take(payload, *, dedupe_key, now):
        seen.append(dedupe_key)
        time.sleep(0.002)

    def work():
        try:
            with context.inside(shop):
                start.wait()
                relay.deliver_due(
                    clock=clock.now, patience=timedelta(seconds=30), lane=Lane.INSIDE
                )
        finally:
            connection.close()

    taking("test", take)
    with context.inside(shop):
        Message.objects.all().delete()
        with transaction.atomic():
            for number in range(MESSAGES):
                outbox.post(
                    kind="test", dedupe_key=str(number), payload={}, now=clock.now()
                )
    threads = [threading.Thread(target=work) for _relay in range(RELAYS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(seen)


def test_each_message_is_delivered_once(live_database, taking):
    delivered = deliver_at_once(taking)

    assert delivered == dict.fromkeys(map(str, range(MESSAGES)), 1)


def test_without_the_lock_some_are_delivered_twice(live_database, taking, monkeypatch):
    monkeypatch.setattr(relay, "lease_next", lease_without_lock)

    delivered = deliver_at_once(taking)

    assert max(delivered.values()) > 1
