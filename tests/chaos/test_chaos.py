"""Races and kills of `make chaos` at reduced size; for faults see test_faults."""

from collections.abc import Iterator

import pytest
from chaos import ground as ground_of
from chaos import kills, races
from support.verdicts import Check

pytestmark = [
    pytest.mark.slow,
    # Servers of their own, and every core: one after the other.
    pytest.mark.xdist_group("chaos"),
]


@pytest.fixture(scope="module", autouse=True)
def a_ground_for_all(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    hesitant = races.served_by("hesitant")
    with django_db_blocker.unblock(), ground_of.shared(**hesitant):
        yield


CHECKS = [*races.CHECKS, *kills.CHECKS]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_it_holds(check: Check, django_db_blocker) -> None:
    verdicts = list(check.run(small=True))

    assert verdicts
    assert [verdict.line() for verdict in verdicts if not verdict.ok] == []
