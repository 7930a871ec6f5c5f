"""The Oscar shop in a database of its own, filled with the same goods."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from benchmarks.kit import goods, ground, serving

APPLICATION = "benchmarks.oscar.wsgi:application"
HOST = "localhost"

Cursor = psycopg2.extensions.cursor


@dataclass(frozen=True)
class Oscar:
    """What a server of the Oscar shop is told, and where its rows are."""

    told: dict[str, str]
    database_url: str

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.database_url)) as db:
            db.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
            with db.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []


@contextmanager
def shop(like: ground.Ground) -> Iterator[Oscar]:
    """Make the Oscar shop with the goods of ours; drop it in the end."""
    name = f"qc_test_oscar_bench_{os.getpid()}"
    with ground.corner(ground.OSCARS_CORNER) as redis_url, _server(like) as cursor:
        oscar = _told(like, database=name, redis_url=redis_url)
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{_migrated(like, cursor)}"')
        try:
            rows = like.var / "oscar-rows.json"
            goods.write(like.data, to=rows)
            _run(oscar, str(rows))
            oscar.execute("ANALYZE")
            yield oscar
        finally:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _migrated(like: ground.Ground, cursor: Cursor) -> str:
    """Return the name of a database with Oscar's tables; they take half a minute."""
    name = f"qc_oscar_{version('django-oscar')}_{version('django')}".replace(".", "_")
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
    if cursor.fetchone() is None:
        draft = f"{name}_draft"
        cursor.execute(f'DROP DATABASE IF EXISTS "{draft}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{draft}" TEMPLATE template0')
        _run(_told(like, database=draft, redis_url=like.redis_url))
        cursor.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
    return name


def _told(like: ground.Ground, *, database: str, redis_url: str) -> Oscar:
    address = urlsplit(like.database_url)._replace(path=f"/{database}").geturl()
    told = serving.environment(
        database_url=address, redis_url=redis_url, settings="benchmarks.oscar.settings"
    )
    return Oscar(told | {"OSCAR_VAR": str(like.var / "oscar")}, address)


def _run(oscar: Oscar, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.oscar.fill", *arguments],
        env={**os.environ, **oscar.told},
        check=True,
    )


@contextmanager
def _server(like: ground.Ground) -> Iterator[Cursor]:
    address = urlsplit(like.database_url)._replace(path="/postgres").geturl()
    server = psycopg2.connect(address)
    server.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    try:
        with server.cursor() as cursor:
            yield cursor
    finally:
        server.close()
