"""A task runs for its shop or not at all."""

import pytest
from celery import shared_task
from django.db import connection

from tenants import context, guard

seen = []


@shared_task(name="tests.tenants.look")
def look():
    seen.append(connection.schema_name)


@shared_task(base=guard.HubTask, name="tests.tenants.look_at_hub")
def look_at_hub():
    seen.append(connection.schema_name)


@pytest.fixture(autouse=True)
def app():
    from quickcart.celery import app

    seen.clear()
    return app


def run(task, **headers):
    """Run a task the way a worker does, with exactly these headers."""
    task.push_request(**({"headers": headers} if headers else {"headers": None}))
    try:
        return task()
    finally:
        task.pop_request()


def test_a_task_runs_for_the_shop_of_its_message(alder):
    with context.inside(alder):
        run(look, _schema_name=alder.schema_name)

    assert seen == [alder.schema_name]


def test_a_message_that_names_no_schema_is_refused(alder):
    with context.inside(alder), pytest.raises(guard.WrongSchemaError):
        run(look)

    assert seen == []


def test_a_task_meant_for_another_shop_is_refused(alder, birch):
    with context.inside(alder), pytest.raises(guard.WrongSchemaError):
        run(look, _schema_name=birch.schema_name)

    assert seen == []


def test_a_shop_s_task_is_refused_on_the_hub(db):
    with pytest.raises(guard.WrongSchemaError):
        run(look, _schema_name="public")

    assert seen == []


def test_a_hub_s_task_is_refused_in_a_shop(alder):
    with context.inside(alder), pytest.raises(guard.WrongSchemaError):
        run(look_at_hub, _schema_name=alder.schema_name)

    assert seen == []


def test_a_task_is_sent_for_the_shop_it_was_asked_for(
    alder, birch, django_capture_on_commit_callbacks, monkeypatch
):
    sent = []
    monkeypatch.setattr(look, "apply_async", lambda **options: sent.append(options))

    with context.inside(alder), django_capture_on_commit_callbacks() as callbacks:
        guard.send_for(alder.schema_name, look)
    with context.inside(birch):
        for callback in callbacks:
            callback()

    assert [options["headers"]["_schema_name"] for options in sent] == [
        alder.schema_name
    ]
