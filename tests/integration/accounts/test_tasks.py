"""Sessions nobody can resume are not kept for ever."""

from datetime import timedelta

from django.contrib.sessions.models import Session

from accounts import tasks
from kernel import clock
from quickcart.celery import app
from tenants import context, guard


def a_session(key, *, days):
    expire_date = clock.now() + timedelta(days=days)
    Session.objects.create(session_key=key, session_data="", expire_date=expire_date)


def keys():
    return set(Session.objects.values_list("session_key", flat=True))


def run(task, schema_name):
    """Run a task the way a worker does."""
    task.push_request(headers={"_schema_name": schema_name})
    try:
        task()
    finally:
        task.pop_request()


def test_the_shops_with_expired_sessions_are_asked_to_clear_them(
    alder, birch, monkeypatch
):
    sent = []
    monkeypatch.setattr(guard, "send_for", lambda name, task: sent.append((name, task)))
    a_session("of the hub", days=-1)
    with context.inside(alder):
        a_session("over", days=-1)
        a_session("alive", days=1)
    with context.inside(birch):
        a_session("alive", days=1)

    run(tasks.clear_sessions_everywhere, "public")
    with context.inside(alder):
        run(tasks.clear_sessions, alder.schema_name)
        left = keys()

    assert sent == [(alder.schema_name, tasks.clear_sessions)]
    assert left == {"alive"}
    assert keys() == set()


def test_it_happens_every_day_and_what_is_scheduled_exists():
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert tasks.clear_sessions_everywhere.name in scheduled
    assert scheduled <= app.tasks.keys()
