"""Everything that is tried, in the order in which it is."""

from chaos import faults, kills, races
from support.verdicts import Check


def everything() -> list[Check]:
    """Return the checks of every module."""
    return [*races.CHECKS, *kills.CHECKS, *faults.CHECKS]
