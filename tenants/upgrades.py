"""What takes shops of one history to the template's, as SQL that runs in each.

Django needs half a second of a processor to get ready to migrate a schema, whatever
there is to do; a column is added in milliseconds. So where every step is one that
Django can write down (`sqlmigrate`), it is written down once, from one of the shops,
and run in all that have the same history: replayed from one template, they have the
same names throughout.
"""

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.migrations import Migration, operations
from django.db.migrations.executor import MigrationExecutor

from tenants import context

#: Steps whose SQL is the same in every shop, and after which Django has nothing to add:
#: a new model, by contrast, brings content types and permissions.
WRITABLE = (
    operations.AddConstraint,
    operations.AddField,
    operations.AddIndex,
    operations.AlterConstraint,
    operations.AlterField,
    operations.AlterModelManagers,
    operations.AlterUniqueTogether,
    operations.RemoveConstraint,
    operations.RemoveField,
    operations.RemoveIndex,
    operations.RenameField,
    operations.RenameIndex,
    operations.RunSQL,
)
#: How long a change of a table waits for those who read it: a queue behind it would be
#: a shop that stands still. A shop in which it took longer is behind, and tried again.
LOCK_TIMEOUT = "5s"

RECORD_SQL = "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())"


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The migrations that are missing, and their SQL."""

    migrations: tuple[tuple[str, str], ...]
    sql: str


def write_down(schema_name: str) -> Upgrade | None:
    """Return what the shops of a schema's history lack; None if Django must do it."""
    with context.in_schema(schema_name):
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if not plan or not all(_is_writable(migration) for migration, _back in plan):
            return None
        try:
            statements = executor.loader.collect_sql(plan)
        except ValueError:
            # One step looks in the database for what an earlier one would have made.
            return None
    names = tuple((migration.app_label, migration.name) for migration, _back in plan)
    return Upgrade(names, "\n".join(statements))


def _is_writable(migration: Migration) -> bool:
    steps = migration.operations
    return migration.atomic and all(isinstance(step, WRITABLE) for step in steps)


def apply(upgrade: Upgrade, schema_name: str) -> None:
    """Run it in a schema, in one transaction.

    Raises:
        django.db.DatabaseError: the schema is as it was.
    """
    with (
        context.in_schema(schema_name),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        # The driver's own cursor: what has no parameters may hold percent signs.
        cursor.cursor.execute(upgrade.sql or "SELECT")
        cursor.executemany(RECORD_SQL, upgrade.migrations)
