"""The broker is a convenience: without it a request is as fast, and nothing is lost."""

import socket
import time

import pytest
from django.db import transaction
from django.urls import reverse

from kernel import clock
from notifications import outbox, wakeup
from notifications.models import Message
from tenants import context
from tenants.models import Shop

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _fresh_producers():
    wakeup._producers.cache_clear()
    yield
    wakeup._producers.cache_clear()


@pytest.fixture
def dead_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def silent_port():
    """A server that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(20)
        yield listener.getsockname()[1]


@pytest.mark.parametrize("port", ["dead_port", "silent_port"])
def test_a_broker_that_is_down_neither_fails_nor_delays(
    port, request, live_database, settings
):
    number = request.getfixturevalue(port)
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{number}/0"

    with context.inside(Shop.objects.get(subdomain="alder")):
        began = time.monotonic()
        for dedupe_key in ("one", "two", "three"):
            with transaction.atomic():
                outbox.post(
                    kind="test", dedupe_key=dedupe_key, payload={}, now=clock.now()
                )
        took = time.monotonic() - began

        assert Message.objects.due(clock.now()).filter(kind="test").count() == 3
        assert took < 1


@pytest.mark.parametrize("port", ["dead_port", "silent_port"])
def test_a_request_that_sends_mail_is_answered_without_a_broker(
    port, request, live_database, settings, client
):
    number = request.getfixturevalue(port)
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{number}/0"
    settings.EMAIL_BACKEND = "notifications.backends.OutboxEmailBackend"
    alder = {"host": "alder.localhost"}
    address = reverse("account_reset_password")
    client.get(address, headers=alder)  # what a process loads once is not the mail's

    began = time.monotonic()
    response = client.post(address, {"email": "owner@alder.example"}, headers=alder)
    took = time.monotonic() - began

    assert response.status_code == 302
    assert took < 1
    with context.inside(Shop.objects.get(subdomain="alder")):
        assert Message.objects.get(kind="mail").state == Message.State.DUE


def test_a_broker_that_comes_back_is_spoken_to_again(dead_port, settings, monkeypatch):
    living = settings.CELERY_BROKER_URL
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{dead_port}/0"
    assert not wakeup.send("public")

    settings.CELERY_BROKER_URL = living
    wakeup._producers.cache_clear()
    assert not wakeup.send("public"), "within the pause nobody asks"

    monkeypatch.setattr(wakeup, "_paused_until", time.monotonic() - 1)
    assert wakeup.send("public")


def test_a_wake_up_that_breaks_does_not_break_what_was_committed(
    live_database, monkeypatch
):
    def broken(schema_name: str) -> bool:
        raise RuntimeError("Acquire on closed pool")

    monkeypatch.setattr(wakeup, "send", broken)

    with context.inside(Shop.objects.get(subdomain="alder")):
        with transaction.atomic():
            outbox.post(kind="test", dedupe_key="one", payload={}, now=clock.now())

        assert Message.objects.due(clock.now()).filter(kind="test").count() == 1
