"""Waiting has an end, in the database as well."""

import pytest
from django.db import OperationalError, connection, connections

from quickcart import pressure


@pytest.fixture
def bounded(db, monkeypatch):
    """A connection as the web's processes open theirs, with little patience."""
    settings = connections.settings["default"]
    monkeypatch.setitem(settings, "OPTIONS", dict(settings.get("OPTIONS", {})))
    pressure.bound_statements(statement=1, lock=0.2)
    options = settings["OPTIONS"]
    other = connection.copy()
    other.settings_dict = {**other.settings_dict, "OPTIONS": options}
    yield other
    other.close()


def test_who_waits_too_long_for_a_lock_is_let_go(bounded):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7140399)")

    with bounded.cursor() as cursor, pytest.raises(OperationalError, match="lock"):
        cursor.execute("SELECT pg_advisory_lock(7140399)")


def test_a_statement_without_end_is_ended(bounded):
    with bounded.cursor() as cursor, pytest.raises(OperationalError, match="timeout"):
        cursor.execute("SELECT pg_sleep(30)")
