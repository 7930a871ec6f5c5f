"""What is in a database, table by table, short enough to compare."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Digests = dict[str, "Digest"]

SCHEMAS_SQL = r"""
    SELECT nspname FROM pg_namespace
    WHERE nspname !~ '^(pg_|information_schema$)' ORDER BY nspname
"""
TABLES_SQL = """
    SELECT format(
        'SELECT %%L, count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)'
        ' FROM %%I.%%I AS t', c.relname, n.nspname, c.relname)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind = 'r' ORDER BY c.relname
"""


@dataclass(frozen=True, slots=True)
class Digest:
    """A table's rows: how many, and a sum that any change of any of them changes."""

    rows: int
    sum: int


def of_database(cursor: Any) -> Digests:
    """Return the digest of every table of every schema.

    One statement a schema: no more than one shop's tables are locked at a time.
    """
    cursor.execute(SCHEMAS_SQL)
    schemas = [row[0] for row in cursor.fetchall()]
    return {
        f"{schema}.{table}": digest
        for schema in schemas
        for table, digest in _of_schema(cursor, schema)
    }


def _of_schema(cursor: Any, schema: str) -> Iterator[tuple[str, Digest]]:
    cursor.execute(TABLES_SQL, [schema])
    questions = [row[0] for row in cursor.fetchall()]
    if questions:
        cursor.execute(" UNION ALL ".join(questions))
        for table, rows, total in cursor.fetchall():
            yield table, Digest(rows, int(total))


def of_folder(folder: Path) -> dict[str, str]:
    """Return the digest of every file under a folder by its path in it.

    What is deleted in it meanwhile is left out.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with suppress(FileNotFoundError):
                content = path.read_bytes()
                found[str(path.relative_to(folder))] = hashlib.sha256(
                    content
                ).hexdigest()
    return found
