"""Migrating a network: one at a time, over half-made templates and broken shops."""

from threading import Event, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from tenants import fleet, template
from tenants.models import TemplateText


def exists(schema_name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema_name])
        return cursor.fetchone() is not None


def in_a_thread(work):
    def run():
        try:
            work()
        finally:
            connections.close_all()

    thread = Thread(target=run)
    thread.start()
    return thread


@pytest.fixture
def unmigrated(db, monkeypatch):
    """The template's schema is what somebody left behind; migrating it is skipped."""
    monkeypatch.setattr(fleet, "migrate_schema", lambda *args, **kwargs: None)
    monkeypatch.setattr(template, "seed", lambda: None)
    monkeypatch.setattr(template, "save_text", lambda: None)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {template.TEMPLATE_SCHEMA}.left_behind ()")

    def is_left():
        with connection.cursor() as cursor:
            name = f"{template.TEMPLATE_SCHEMA}.left_behind"
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
            return cursor.fetchone()[0]

    return is_left


def test_a_template_that_was_never_finished_is_made_anew(unmigrated):
    TemplateText.objects.all().delete()

    fleet.build_template(verbosity=0)

    assert exists(template.TEMPLATE_SCHEMA)
    assert not unmigrated()


def test_a_template_that_was_finished_once_is_migrated_further(unmigrated):
    fleet.build_template(verbosity=0)

    assert unmigrated()


def test_a_shop_that_fails_for_whatever_reason_does_not_stop_the_next(
    alder, birch, monkeypatch
):
    def migrate(schema_name, *, verbosity):
        if schema_name == alder.schema_name:
            raise KeyError

    monkeypatch.setattr(fleet, "migrate_schema", migrate)

    outcomes = fleet.migrate_shops([alder, birch], verbosity=0, tell=lambda line: None)

    assert [bool(outcome.error) for outcome in outcomes] == [True, False]


def test_a_shop_too_odd_to_write_down_does_not_stop_the_next(alder, birch, monkeypatch):
    def write_down(schema_name):
        raise LookupError

    monkeypatch.setattr(fleet.upgrades, "write_down", write_down)
    monkeypatch.setattr(fleet, "migrate_schema", lambda *args, **kwargs: None)

    outcomes = fleet.migrate_shops([alder, birch], verbosity=0, tell=lambda line: None)

    assert [outcome.error for outcome in outcomes] == ["", ""]


@pytest.mark.parametrize(
    ("program", "said"),
    [("/no/such/pg_dump", "No such file"), ("false", "PG_DUMP")],
)
def test_a_pg_dump_that_fails_is_said_in_words(db, settings, program, said):
    """Without a template nothing may go on, whatever shops may."""
    settings.PG_DUMP = program
    TemplateText.objects.update(digest="old")

    with pytest.raises(CommandError, match=said):
        call_command("migrate", verbosity=0, shops_may_fail=True)

    assert TemplateText.objects.get().digest == "old"


@pytest.mark.slow
def test_one_process_at_a_time_migrates(live_database, monkeypatch):
    monkeypatch.setattr(fleet, "PATIENCE", 0.05)
    is_waiting, has_had_it = Event(), Event()

    def migrate_too():
        with fleet.alone(tell=lambda line: is_waiting.set()):
            has_had_it.set()

    with fleet.alone(tell=pytest.fail):
        second = in_a_thread(migrate_too)
        assert is_waiting.wait(10)
        # Whoever waits must not be waited for.
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '5s'")
            cursor.execute("CREATE INDEX CONCURRENTLY ON tenants_shop (name)")
            cursor.execute("RESET statement_timeout")
        assert not has_had_it.is_set()
    second.join(10)

    assert has_had_it.is_set()
