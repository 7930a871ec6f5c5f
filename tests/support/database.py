"""Template database, and copies of it."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg2
from asgiref.sync import SyncToAsync
from django.core.management import call_command
from django.db import connection, connections
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT
from support import shops

from tenants import template

ROOT = Path(__file__).resolve().parents[2]
LOCK = 7_140_311  # any number, the same for every worker


@cache
def migrated_digest() -> str:
    """Name what the migrated database is made of: slow to make, seldom changed."""
    parts = hashlib.sha256(template.migrations_digest().encode())
    for path in [
        ROOT / "requirements.txt",
        *sorted(ROOT.glob("platform/hub/migrations/*.py")),
        *sorted(ROOT.glob("tenants/migrations/*.py")),
    ]:
        parts.update(path.read_bytes())
    return parts.hexdigest()[:16]


@cache
def digest() -> str:
    """Name what the template database is made of: that, and the shops opened."""
    parts = hashlib.sha256(f"{migrated_digest()}{template.current_digest()}".encode())
    for pattern in ("tests/support/shops.py", "tenants/*.py", "*/seeding.py"):
        for path in sorted(ROOT.glob(pattern)):
            parts.update(path.read_bytes())
    return parts.hexdigest()[:16]


@contextmanager
def _server() -> Iterator["psycopg2.extensions.cursor"]:
    parameters = connection.get_connection_params()
    keys = ("host", "port", "user", "password")
    server = psycopg2.connect(
        dbname="postgres", **{key: parameters[key] for key in keys if key in parameters}
    )
    server.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    try:
        with server.cursor() as cursor:
            yield cursor
    finally:
        server.close()


@contextmanager
def pointed_at(name: str) -> Iterator[None]:
    """Make every connection of this process, in any thread, go to a database."""
    options = connections.databases["default"]
    before = options["NAME"]
    _close_connections()
    options["NAME"] = connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        _close_connections()
        connection.set_schema_to_public()
        options["NAME"] = connection.settings_dict["NAME"] = before


def _close_connections() -> None:
    """Close this thread's, and those of the thread that asgiref keeps for all loops."""
    connections.close_all()
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


def ensure_template() -> str:
    """Build the template database unless it is there; return its name.

    It is a copy of a migrated database, in which the tests' shops are opened.
    """
    name, migrated = f"qc_template_{digest()}", f"qc_migrated_{migrated_digest()}"
    with _server() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        if not _exists(cursor, migrated):
            _build(cursor, migrated, "TEMPLATE template0", lambda: None)
        if not _exists(cursor, name):
            _build(cursor, name, f'TEMPLATE "{migrated}"', shops.open_all)
    return name


def _exists(cursor: "psycopg2.extensions.cursor", name: str) -> bool:
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    return cursor.fetchone() is not None


def _build(
    cursor: "psycopg2.extensions.cursor",
    name: str,
    source: str,
    fill: Callable[[], None],
) -> None:
    draft = f"{name}_draft"
    cursor.execute(f'DROP DATABASE IF EXISTS "{draft}" WITH (FORCE)')
    cursor.execute(f'CREATE DATABASE "{draft}" {source}')
    with pointed_at(draft):
        call_command("migrate", verbosity=0)
        fill()
    cursor.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')


@contextmanager
def copy_of(name: str, *, label: str) -> Iterator[str]:
    """Point this process at a fresh copy of a database, then drop it."""
    with copied(name, label=label) as copy, pointed_at(copy):
        yield copy


@contextmanager
def copied(name: str, *, label: str) -> Iterator[str]:
    """Make a fresh copy of a database, for others to use; drop it in the end.

    The copy has the process's number in its name: two runs at once do not meet, and
    what a killed run left behind is known and dropped.
    """
    copy = f"qc_test_{digest()}_{label}_{os.getpid()}"
    with _server() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        _drop_leftovers(cursor)
        cursor.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
    try:
        yield copy
    finally:
        with _server() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')


def _drop_leftovers(cursor: "psycopg2.extensions.cursor") -> None:
    cursor.execute(r"SELECT datname FROM pg_database WHERE datname LIKE 'qc\_test\_%'")
    for (name,) in cursor.fetchall():
        if not Path("/proc", name.rpartition("_")[2]).exists():
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
