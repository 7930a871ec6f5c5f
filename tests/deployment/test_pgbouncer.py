"""A shop's path follows its client through the pooler; without that nothing starts."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
from support import deployment

from quickcart.launcher import servers

SHOPS = ("shop_one", "shop_two", "shop_three")
CLIENTS, QUESTIONS = 20, 240
#: Before 1.26 a pooler has to be told; since then it cannot be told not to.
FORGETTING = {
    "track_extra_parameters = IntervalStyle, search_path": (
        "track_extra_parameters = IntervalStyle"
    )
}

Pool = Callable[..., AbstractContextManager[str]]


@pytest.fixture
def address() -> Iterator[str]:
    """A database of the test's own, with nothing in it."""
    server = urlsplit(os.environ["DATABASE_URL"])
    name = f"qc_test_pooled_{os.getpid()}"
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    with closing(psycopg2.connect(server._replace(path="/postgres").geturl())) as main:
        main.autocommit = True
        with main.cursor() as cursor:
            cursor.execute(drop)
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
            yield server._replace(path=f"/{name}").geturl()
            cursor.execute(drop)


@pytest.fixture
def pool(pgbouncer: Path, address: str, tmp_path: Path, monkeypatch) -> Pool:
    """Return a context manager: our configuration, changed as is said."""

    @contextmanager
    def open_pool(changes: dict[str, str], program: Path = pgbouncer) -> Iterator[str]:
        as_shipped = deployment.DOCKER / "pgbouncer/pgbouncer.ini"
        folder = tmp_path / "pgbouncer"
        folder.mkdir()
        (folder / "pgbouncer.ini").write_text(deployment.rendered(as_shipped, changes))
        monkeypatch.setattr(deployment, "DOCKER", tmp_path)
        with deployment.pooled(
            tmp_path, pgbouncer=program, database_url=address
        ) as reached:
            yield reached

    return open_pool


#: Fewer servers than clients, or each would keep one to itself.
FEW = {"default_pool_size = 40": "default_pool_size = 4"}


def _write_names(address: str) -> None:
    with (
        closing(psycopg2.connect(address)) as server,
        server,
        server.cursor() as cursor,
    ):
        for shop in SHOPS:
            cursor.execute(f"CREATE SCHEMA {shop}")
            cursor.execute(f"CREATE TABLE {shop}.name AS SELECT '{shop}' AS name")


def _count_wrong(address: str, number: int) -> int:
    """Be a client of one shop; return how often another one answered."""
    own = SHOPS[number % len(SHOPS)]
    with closing(psycopg2.connect(address)) as client:
        client.autocommit = True
        with client.cursor() as cursor:
            cursor.execute(f"SET search_path = {own}")
            wrong = 0
            for _question in range(QUESTIONS):
                try:
                    cursor.execute("SELECT name FROM name")
                    wrong += cursor.fetchone() != (own,)
                except psycopg2.errors.UndefinedTable:
                    wrong += 1
            return wrong


def _all_wrong(address: str) -> int:
    with ThreadPoolExecutor(CLIENTS) as clients:
        return sum(clients.map(lambda n: _count_wrong(address, n), range(CLIENTS)))


def _check(address: str) -> subprocess.CompletedProcess[str]:
    told = {**os.environ, "DATABASE_URL": address}
    told["DJANGO_SETTINGS_MODULE"] = "quickcart.settings.local"
    command = [sys.executable, "manage.py", "check", "--database", "default"]
    return subprocess.run(
        command,
        cwd=deployment.ROOT,
        env=told,
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_client_is_answered_by_another_shop(pool, address):
    _write_names(address)

    with pool(FEW) as pooled:
        wrong = _all_wrong(pooled)
        checked = _check(pooled)

    assert wrong == 0, f"{wrong} of {CLIENTS * QUESTIONS}"
    assert checked.returncode == 0, checked.stderr


def test_without_tracking_shops_are_mixed_up_and_nothing_starts(pool, address):
    forgetful = servers.find_forgetful_pgbouncer()
    if forgetful is None:
        pytest.skip("no PgBouncer that can be told to forget")
    _write_names(address)

    with pool(FEW | FORGETTING, forgetful) as pooled:
        wrong = _all_wrong(pooled)
        checked = _check(pooled)

    assert wrong > 0
    assert checked.returncode != 0
    assert "quickcart.E005" in checked.stderr


def test_what_may_take_long_is_bounded_by_the_pooler(pool):
    asking = (
        "SELECT current_setting('statement_timeout'), current_setting('lock_timeout')"
    )

    with (
        pool({}) as pooled,
        closing(psycopg2.connect(pooled)) as client,
        client.cursor() as cursor,
    ):
        cursor.execute(asking)
        assert cursor.fetchone() == ("30s", "5s")
