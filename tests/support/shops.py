"""The shops every test database holds."""

from datetime import UTC, datetime

from django.db import connection, transaction

from tenants import caches, context, provisioning

OPENED_AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
SHIFT = 100_000

FOREIGN_KEYS = """
SELECT source.relname, attribute.attname, target.relname,
       EXISTS (
           SELECT 1 FROM pg_constraint own
           WHERE own.conrelid = c.conrelid AND own.contype = 'p'
             AND own.conkey = c.conkey
       ) AS is_own_key
FROM pg_constraint c
JOIN pg_class source ON source.oid = c.conrelid
JOIN pg_class target ON target.oid = c.confrelid
JOIN pg_attribute attribute
  ON attribute.attrelid = c.conrelid AND attribute.attnum = c.conkey[1]
WHERE c.contype = 'f' AND c.connamespace = %s::regnamespace
"""

SERIAL_KEYS = """
SELECT t.table_name
FROM information_schema.columns t
WHERE t.table_schema = %s AND t.column_name = 'id'
  AND t.data_type IN ('integer', 'bigint', 'smallint')
  AND t.table_name <> 'django_migrations'
"""


def open_all() -> None:
    """Open alder, birch and cedar, and shift cedar's keys."""
    for subdomain in ("alder", "birch", "cedar"):
        application = provisioning.Application(
            name=f"{subdomain.title()} Grocers",
            subdomain=subdomain,
            time_zone="Europe/Dublin",
            currency="EUR",
            owner_email=f"owner@{subdomain}.example",
            owner_name=f"Olive {subdomain.title()}",
        )
        shop = provisioning.open_shop(application=application, now=OPENED_AT)
        if subdomain == "cedar":
            with context.inside(shop), transaction.atomic():
                shift_keys(shop.schema_name)
            # This process has learnt them by their old keys.
            caches.content_types.forget(shop.schema_name)


def shift_keys(schema_name: str) -> None:
    """Add SHIFT to every serial primary key of a schema, and to what refers to it.

    Foreign keys are deferred, so that order does not matter.
    """
    with connection.cursor() as cursor:
        cursor.execute(SERIAL_KEYS, [schema_name])
        tables = [row[0] for row in cursor.fetchall()]
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(FOREIGN_KEYS, [schema_name])
        columns = _columns_that_move(tables, cursor.fetchall())
        for table, column in sorted(columns):
            # Up and away first: the new numbers must not meet the old ones.
            cursor.execute(f'UPDATE "{table}" SET "{column}" = -"{column}" - {SHIFT}')
            cursor.execute(f'UPDATE "{table}" SET "{column}" = -"{column}"')
        for table in tables:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'),"
                f' (SELECT coalesce(max(id), 0) + {SHIFT} FROM "{table}"))',
                [f'"{schema_name}"."{table}"'],
            )


def _columns_that_move(
    tables: list[str], foreign_keys: list[tuple[str, str, str, bool]]
) -> set[tuple[str, str]]:
    """Return every serial key, and every column that refers to one.

    A child of multi-table inheritance has its parent's key for its own, so what
    refers to the child moves as well.
    """
    moving = set(tables)
    moving |= {source for source, _column, _target, is_own in foreign_keys if is_own}
    referring = {
        (source, column)
        for source, column, target, _is_own in foreign_keys
        if target in moving
    }
    return {*((table, "id") for table in tables), *referring}
