"""A message is written with what it speaks of, or not at all."""

import pytest
from django.db import connection, transaction

from kernel import clock
from notifications import outbox, wakeup
from notifications.models import Message
from tenants import context


def post(dedupe_key="event", **changes):
    outbox.post(
        kind="test", dedupe_key=dedupe_key, payload={}, now=clock.now(), **changes
    )


def post_and_fail(dedupe_key="event"):
    with transaction.atomic():
        post(dedupe_key)
        raise ZeroDivisionError


@pytest.fixture
def woken(monkeypatch):
    schemas = []
    monkeypatch.setattr(wakeup, "send", schemas.append)
    return schemas


@pytest.mark.slow
def test_a_message_outside_a_transaction_is_refused(live_database):
    with pytest.raises(outbox.NotInTransactionError):
        post()


def test_a_rollback_leaves_no_message_and_no_wake_up(
    shop, woken, django_capture_on_commit_callbacks
):
    with (
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(ZeroDivisionError),
    ):
        post_and_fail()

    assert not Message.objects.exists()
    assert woken == []


def test_an_event_written_twice_is_one_message(shop):
    post()
    post()

    assert Message.objects.count() == 1


def test_a_transaction_wakes_the_relay_once(
    shop, woken, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        post("one")
        post("two")
        with transaction.atomic():
            post("three")

    assert woken == [shop.schema_name]


def test_a_savepoint_taken_back_does_not_take_the_wake_up_of_what_stays(
    shop, woken, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        with pytest.raises(ZeroDivisionError):
            post_and_fail("taken back")
        post("stays")

    assert [message.dedupe_key for message in Message.objects.all()] == ["stays"]
    assert woken == [shop.schema_name]


def test_the_relay_of_the_shop_that_wrote_is_woken_whoever_is_in_force_later(
    alder, birch, woken, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as callbacks, context.inside(alder):
        post()
    with context.inside(birch):
        for callback in callbacks:
            callback()

    assert woken == [alder.schema_name]


def test_a_message_for_later_wakes_nobody_now(shop, woken):
    before = len(connection.run_on_commit)

    post(not_before=clock.now().replace(year=2999))

    assert len(connection.run_on_commit) == before
