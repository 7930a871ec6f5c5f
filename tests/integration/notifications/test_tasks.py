"""The sweep finds every due outbox, and Celery is set so that no task is lost."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction

from kernel import clock
from notifications import outbox, tasks, wakeup
from notifications.handlers import Lane
from notifications.models import Message
from notifications.services import relay
from tenants import context, guard


def run(task, schema_name):
    """Run a task the way a worker does."""
    task.push_request(headers={"_schema_name": schema_name})
    try:
        task()
    finally:
        task.pop_request()


def post(dedupe_key="event", *, not_before=None):
    with transaction.atomic():
        outbox.post(
            kind="test",
            dedupe_key=dedupe_key,
            payload={},
            now=clock.now(),
            not_before=not_before,
        )


@pytest.fixture
def woken(monkeypatch):
    schemas = []
    monkeypatch.setattr(wakeup, "send", lambda name, **lane: schemas.append(name))
    return schemas


@pytest.fixture
def _quiet(alder, birch, cedar):
    Message.objects.all().delete()


@pytest.mark.usefixtures("_quiet")
def test_the_sweep_wakes_the_shops_in_which_something_is_due(
    alder, birch, cedar, woken
):
    with context.inside(alder):
        post()
    with context.inside(birch):
        post("tomorrow", not_before=clock.now() + timedelta(days=1))
    with context.inside(cedar):
        post("leased")
        relay.lease_next(now=clock.now(), lane=Lane.INSIDE)

    run(tasks.sweep, "public")

    assert woken == [alder.schema_name]


@pytest.mark.usefixtures("_quiet")
def test_the_sweep_finds_the_hub_s_own_outbox(woken):
    post()

    run(tasks.sweep, "public")

    assert woken == ["public"]


def test_the_sweep_asks_all_shops_in_two_queries(
    alder, woken, django_assert_num_queries
):
    Message.objects.exists()  # puts the hub's search path in force

    with django_assert_num_queries(2):
        run(tasks.sweep, "public")


def test_the_sweep_runs_on_the_hub_only(alder, woken):
    with context.inside(alder), pytest.raises(guard.WrongSchemaError):
        run(tasks.sweep, alder.schema_name)


def test_the_relay_of_a_shop_does_not_run_on_the_hub(db):
    with pytest.raises(guard.WrongSchemaError):
        run(tasks.relay, "public")


def test_the_relay_of_one_shop_does_not_run_in_another(alder, birch):
    with context.inside(alder), pytest.raises(guard.WrongSchemaError):
        run(tasks.relay, birch.schema_name)


def test_a_task_for_a_shop_that_is_gone_runs_for_nobody(db, taking):
    """Celery swallows the error of the hook that fails to find the shop."""
    seen = []
    taking("test", lambda payload, *, dedupe_key, now: seen.append(dedupe_key))
    post()

    result = tasks.relay.apply(headers={"_schema_name": "shop_000000000000"})

    assert isinstance(result.result, guard.WrongSchemaError)
    assert seen == []


def test_a_task_runs_for_its_shop_and_leaves_the_worker_on_the_hub(alder, taking):
    seen = []
    taking(
        "test", lambda payload, *, dedupe_key, now: seen.append(context.current_shop())
    )
    with context.inside(alder):
        post()

    result = tasks.relay.apply(headers={"_schema_name": alder.schema_name})

    assert result.successful()
    assert seen == [alder]
    assert context.is_public()


def test_a_relay_that_used_up_its_turn_queues_up_again(
    alder, woken, taking, monkeypatch
):
    taking("test", lambda payload, *, dedupe_key, now: None)
    monkeypatch.setattr(tasks, "TURN", timedelta(0))

    with context.inside(alder):
        post()
        run(tasks.relay, alder.schema_name)

    assert woken == [alder.schema_name]


def test_the_hub_s_messages_are_delivered_on_the_hub(alder, birch, cedar, taking):
    seen = []
    taking("test", lambda payload, *, dedupe_key, now: seen.append(context.is_public()))
    Message.objects.all().delete()
    post()

    run(tasks.relay_hub, "public")

    assert seen == [True]


@pytest.mark.usefixtures("_quiet")
def test_shops_with_old_messages_prune_them(alder, birch, cedar, taking, monkeypatch):
    taking("test", lambda payload, *, dedupe_key, now: None)
    sent = []
    monkeypatch.setattr(
        guard, "send_for", lambda schema_name, task: sent.append((schema_name, task))
    )
    for shop, age in ((alder, tasks.KEPT), (birch, tasks.KEPT / 2)):
        with context.inside(shop):
            post()
            run(tasks.relay, shop.schema_name)
            Message.objects.update(done_at=clock.now() - age - timedelta(hours=1))

    run(tasks.prune_everywhere, "public")
    with context.inside(alder):
        run(tasks.prune, alder.schema_name)

        assert not Message.objects.exists()
    assert sent == [(alder.schema_name, tasks.prune)]


def test_celery_gives_a_task_back_when_its_worker_dies():
    from quickcart.celery import app

    conf = app.conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.task_ignore_result
    hidden = conf.broker_transport_options["visibility_timeout"]
    assert tasks.TURN.total_seconds() < conf.task_time_limit < hidden
    assert conf.beat_schedule["sweep-the-outboxes"]["task"] == tasks.sweep.name
    assert settings.OUTBOX_LEASE > 10 * settings.EMAIL_TIMEOUT
