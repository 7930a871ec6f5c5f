"""The attacks at reduced size."""

import pytest
from attack import access, isolation, malformed
from support.verdicts import attempted

CHECKS = {
    check.name: check
    for check in (*isolation.CHECKS, *access.CHECKS, *malformed.CHECKS)
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_nothing_is_seen_changed_or_broken(django_db_setup, django_db_blocker, name):
    with django_db_blocker.unblock():
        verdicts = [*attempted(CHECKS[name], small=True)]

    assert verdicts
    assert [verdict.line() for verdict in verdicts if not verdict.ok] == []
