"""Migrating a network: nothing to do, and one column in every shop."""

from collections.abc import Iterator

import psycopg2
from django.core.management import call_command
from django.db import connection
from support import worker
from support.verdicts import Verdict, at_most, exactly, told

from benchmarks import crowd
from tenants import fleet
from tenants.models import Shop

#: A leaf of the graph that adds one column and does nothing else.
APP, NAME = "wagtailusers", "0015_userprofile_keyboard_shortcuts"
TABLE, COLUMN = "wagtailusers_userprofile", "keyboard_shortcuts"
#: What Django sends for it.
DDL = (
    f"ALTER TABLE {TABLE} ADD COLUMN {COLUMN} boolean DEFAULT true NOT NULL",
    f"ALTER TABLE {TABLE} ALTER COLUMN {COLUMN} DROP DEFAULT",
)
FORGET = "DELETE FROM django_migrations WHERE app = %s AND name = %s"


def migrations() -> Iterator[Verdict]:
    """Over every shop there is."""
    schemas = list(Shop.objects.order_by("pk").values_list("schema_name", flat=True))
    there = f"over {len(schemas)} shops"
    noop = crowd.seconds(lambda: call_command("migrate", verbosity=0), times=1)
    yield told(f"migrate with nothing to do, {there}", noop, "s")
    asked = crowd.seconds(fleet.shops_behind, times=3)
    yield told(f"finding who is behind, {there}", asked, "s")
    _drop(schemas)
    raw = crowd.seconds(lambda: _everywhere(schemas, *DDL), times=1)
    _drop(schemas)
    outcomes: list[fleet.Outcome] = []
    took = crowd.seconds(lambda: outcomes.extend(_migrate()), times=1)
    failed = sum(bool(outcome.error) for outcome in outcomes)
    yield exactly(f"shops that failed, {there}", failed, "shops", 0)
    yield exactly(f"shops still behind, {there}", len(fleet.shops_behind()), "shops", 0)
    yield at_most(f"one column, {there}, to raw DDL", took, "s", 3, baseline=raw)


def _migrate() -> Iterator[fleet.Outcome]:
    return fleet.migrate_shops(
        fleet.shops_behind(), verbosity=0, tell=lambda line: None, processes=2
    )


def _drop(schemas: list[str]) -> None:
    _everywhere(schemas, f"ALTER TABLE {TABLE} DROP COLUMN {COLUMN}", forget=True)


def _everywhere(schemas: list[str], *statements: str, forget: bool = False) -> None:
    """Run statements in each schema, a transaction each, with nothing but a driver."""
    connection.close()
    server = psycopg2.connect(worker.database_url())
    try:
        for schema_name in schemas:
            with server, server.cursor() as cursor:
                cursor.execute(f'SET LOCAL search_path = "{schema_name}"')
                for statement in statements:
                    cursor.execute(statement)
                if forget:
                    cursor.execute(FORGET, [APP, NAME])
    finally:
        server.close()
