"""Every check of `make chaos`, at reduced size."""

from collections.abc import Iterator

import pytest
from chaos import checks
from chaos import ground as ground_of
from support.verdicts import Check

pytestmark = [
    pytest.mark.slow,
    # Servers of their own, and every core: one after the other.
    pytest.mark.xdist_group("chaos"),
]


@pytest.fixture(scope="module", autouse=True)
def a_ground_for_all(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock(), ground_of.shared():
        yield


@pytest.mark.parametrize("check", checks.everything(), ids=lambda check: check.name)
def test_it_holds(check: Check, django_db_blocker) -> None:
    verdicts = list(check.run(small=True))

    assert verdicts
    assert [verdict.line() for verdict in verdicts if not verdict.ok] == []
