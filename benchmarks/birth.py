"""What it costs to open a shop, and to make the template that shops are copied from."""

from collections.abc import Iterator

from django.db import connection
from support import database
from support.verdicts import Check, Verdict, at_most, told

from benchmarks import crowd
from kernel import clock
from tenants import fleet, provisioning, template

TIMES = 5
#: Shops of a network that has just begun.
FEW = 3


def at_the_beginning(*, small: bool) -> Iterator[Verdict]:
    """In a network of three shops."""
    with database.copy_of(database.ensure_template(), label="bench_births"):
        crowd.grow_to(FEW)
        yield from births(shops=FEW)


def births(*, shops: int) -> Iterator[Verdict]:
    """With and without a spare schema, against the raw replay of the same text."""
    crowd.open_one()  # what a process does once
    raw = crowd.seconds(crowd.raw_replay, times=TIMES)
    without = crowd.seconds(crowd.open_one, times=TIMES)
    provisioning.top_up_spares(wanted=TIMES, now=clock.now())
    taken = crowd.seconds(crowd.open_one, times=TIMES)
    there = f"at {shops} shops"
    yield at_most(f"birth without a spare, {there}", without, "s", 2)
    yield at_most(
        f"birth without a spare, {there}, to raw replay",
        without,
        "s",
        1.5,
        baseline=raw,
    )
    yield at_most(f"birth with a spare, {there}", taken * 1000, "ms", 100)
    yield told(f"birth with a spare, {there}, to raw replay", taken, "s", baseline=raw)


def rebuild(*, small: bool) -> Iterator[Verdict]:
    """The template: all migrations, seeds, and its text."""
    with database.copy_of(database.ensure_template(), label="bench_rebuild"):
        if not small:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP SCHEMA {template.TEMPLATE_SCHEMA} CASCADE")
            built = crowd.seconds(lambda: fleet.build_template(verbosity=0), times=1)
            yield told("template from nothing", built, "s")
        written = crowd.seconds(template.save_text, times=1)
        yield told("template written down", written, "s")


CHECKS = [Check("template", rebuild), Check("births", at_the_beginning)]
