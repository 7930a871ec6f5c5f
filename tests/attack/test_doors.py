"""`make attack` at reduced size: doors, guesses, files, pages, headers, sockets, logs."""

from collections.abc import Iterator

import pytest
from attack import (
    browser,
    doors,
    elsewhere,
    headers,
    linters,
    open_doors,
    programs,
    redirects,
    secrets,
    sockets,
    stage,
    uploads,
)
from support.verdicts import Check

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("attack-doors")]

CHECKS = [
    *(
        check
        for module in (
            programs,
            doors,
            redirects,
            open_doors,
            headers,
            linters,
            sockets,
            secrets,
            elsewhere,
            uploads,
        )
        for check in module.CHECKS
    ),
    # Last: it writes into a shop what nobody else wants to read.
    *browser.CHECKS,
]


@pytest.fixture(scope="module")
def on_stage(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock(), stage.opened():
        yield


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_nothing_is_found(on_stage: None, check: Check, django_db_blocker) -> None:
    with django_db_blocker.unblock():
        verdicts = list(check.run(small=True))

    assert verdicts
    assert [verdict.line() for verdict in verdicts if not verdict.ok] == []
