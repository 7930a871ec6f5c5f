"""Sessions nobody can resume are not kept for ever."""

from datetime import UTC, datetime, timedelta

from celery import beat
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


def test_what_is_scheduled_comes_round_however_often_beat_starts(monkeypatch):
    """Beat's notes are in a temporary place: at each start all of them are new."""
    app.loader.import_default_modules()
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    for name, told in app.conf.beat_schedule.items():
        came = []
        for hour in range(0, 24, 6):
            start = midnight + timedelta(hours=hour)
            entry = beat.ScheduleEntry(name, app=app, last_run_at=start, **told)
            end = start + timedelta(hours=6)
            monkeypatch.setattr(entry.schedule, "nowfun", lambda end=end: end)
            came.append(entry.is_due().is_due)
        # What is daily comes at night: once, not at each start.
        assert came in ([True] * 4, [True, False, False, False]), name
