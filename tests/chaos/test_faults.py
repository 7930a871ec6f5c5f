"""At reduced size: services fail and programs are replaced, and nothing is lost."""

import os
from collections.abc import Iterator

import pytest
from chaos import (
    crowding,
    mail_away,
    mail_slow,
    postgres,
    rolling,
    surroundings,
    valkey,
)
from chaos.ground import Ground
from chaos.proxy import Proxy
from chaos.settling import Size
from support.verdicts import Verdict

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("chaos")]


LINES = ("mail", "valkey", "database")


@pytest.fixture(scope="module")
def ground(django_db_setup: None, django_db_blocker) -> Iterator[Ground]:
    with (
        django_db_blocker.unblock(),
        Ground(proxies=dict.fromkeys(LINES, Proxy), told=mail_away.HURRIED) as ground,
    ):
        yield ground


def judge(verdicts: Iterator[Verdict]) -> None:
    assert [verdict.line() for verdict in verdicts if not verdict.ok] == []


@pytest.mark.parametrize(
    ("work", "size"),
    [
        (valkey.flushes, Size(times=1, calm=1)),
        (valkey.away, Size(calm=1, outage=3)),
        (valkey.open_pages, Size(outage=4, people=3)),
        (postgres.restarts, Size(times=2, calm=1)),
        (postgres.line, Size(calm=1, outage=4)),
        (mail_away.away, Size(outage=5, people=3, is_judged=False)),
        (mail_slow.news, Size(outage=3, people=3, is_judged=False)),
        (crowding.slow_clients, Size(calm=1, people=50, is_judged=False)),
        (crowding.busy_shop, Size(calm=2, people=30, is_judged=False)),
        (rolling.orderly_end, Size(calm=1)),
    ],
    ids=lambda value: f"{value.__module__}-{value.__name__}" if callable(value) else "",
)
def test_nothing_is_lost(ground, work, size):
    judge(work(ground, size))


def test_a_rolling_restart_fails_nobody(ground):
    with Ground(only=rolling.NONE) as other:
        judge(rolling.rolling_restart(other, Size(calm=1, outage=4, people=2)))


def test_a_clock_that_jumps_confuses_nobody(ground):
    judge(surroundings.clock_jumps(small=True))


@pytest.mark.skipif(os.geteuid() != 0, reason="a disk of one's own needs root")
def test_a_full_disk_loses_nothing(ground):
    judge(surroundings.disk_full(small=True))
