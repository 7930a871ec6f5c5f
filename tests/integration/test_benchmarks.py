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


def test_rows_are_counted_in_every_scan_as_often_as_it_ran():
    looked_up = {
        "Node Type": "Index Scan",
        "Actual Rows": 2.0,
        "Actual Loops": 10,
        "Rows Removed by Filter": 3,
    }
    bitmap = {"Node Type": "Bitmap Index Scan", "Actual Rows": 9.0, "Actual Loops": 1}
    heap = {
        "Node Type": "Bitmap Heap Scan",
        "Actual Rows": 5.0,
        "Actual Loops": 1,
        "Rows Removed by Index Recheck": 4,
        "Plans": [bitmap],
    }
    whole = {"Node Type": "Seq Scan", "Actual Rows": 7.0, "Actual Loops": 1}
    join = {"Node Type": "Nested Loop", "Actual Rows": 1.0, "Actual Loops": 1}

    plan = join | {"Plans": [looked_up, heap, whole]}

    assert plans.rows_read(plan) == 10 * (2 + 3) + (5 + 4) + 7
    assert plans.rows_read(plan, nodes={plans.SEQUENTIAL}) == 7
