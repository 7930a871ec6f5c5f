"""A row in any table, whatever it asks for; nothing of it is ever committed."""

from django.db import connection, models

#: No sequence of a test database comes this far.
KEY = 1_987_654_321

COLUMNS = """
SELECT column_name, udt_name, character_maximum_length
FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = %s
  AND is_nullable = 'NO' AND column_default IS NULL
  AND is_identity = 'NO' AND is_generated = 'NEVER'
"""
CHECKS = """
SELECT conname FROM pg_constraint
WHERE conrelid = %s::regclass AND contype = 'c'
"""
DUMMIES = {
    "bool": "false",
    "bytea": "''",
    "date": "'2026-01-01'",
    "timestamptz": "'2026-01-01'",
    "time": "'08:00'",
    "interval": "'1 hour'",
    "jsonb": "'{}'",
    "tsvector": "''",
    "uuid": "gen_random_uuid()",
    "int2": "7",
    "int4": str(KEY),
    "int8": str(KEY),
    "numeric": "7",
    "float8": "7",
    "inet": "'127.0.0.1'",
}


def plant(model: type[models.Model]) -> int | str:
    """Write a row into a model's table in the schema in force; return its key.

    The table's checks are dropped first, and references lead nowhere: roll back.
    """
    table, key = model._meta.db_table, model._meta.pk
    assert key is not None
    with connection.cursor() as cursor:
        cursor.execute(CHECKS, [f'"{table}"'])
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
        cursor.execute(COLUMNS, [table])
        values = {
            name: _dummy(kind, length) for name, kind, length in cursor.fetchall()
        }
        values.setdefault(key.column, str(KEY))
        names = ", ".join(f'"{name}"' for name in values)
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) VALUES ({", ".join(values.values())})'
            f' RETURNING "{key.column}"'
        )
        return cursor.fetchone()[0]


def is_seen(model: type[models.Model], key: int | str) -> bool:
    """Say whether the schema in force shows a row, asked as a library would."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT 1 FROM "{model._meta.db_table}"'
            f' WHERE "{model._meta.pk.column}" = %s',
            [key],
        )
        by_sql = cursor.fetchone() is not None
    if model._meta.parents:
        return by_sql
    return by_sql or model._base_manager.filter(pk=key).exists()


def _dummy(kind: str, length: int | None) -> str:
    if kind.startswith("_"):
        return "'{}'"
    return DUMMIES.get(kind) or f"'{'canary'[: length or 6]}'"
