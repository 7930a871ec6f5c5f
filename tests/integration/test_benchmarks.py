"""Benchmarks at reduced size: that they run, and what does not hang on the machine."""

import pytest

from benchmarks import placing, plans

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("benchmarks")]


@pytest.mark.parametrize(
    "check", [*placing.CHECKS, *plans.CHECKS], ids=lambda c: c.name
)
def test_a_benchmark_runs_and_its_promises_hold(
    check, django_db_setup, django_db_blocker
):
    with django_db_blocker.unblock():
        verdicts = list(check.run(small=True))

    assert verdicts
    assert [each.line() for each in verdicts if not each.ok] == []
