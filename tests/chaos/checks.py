"""Everything that is tried, in the order in which it is."""

import importlib
import importlib.util

from support.verdicts import Check

#: Each has a list CHECKS.
MODULES = ("races", "kills", "faults")


def everything() -> list[Check]:
    """Return the checks of every module."""
    names = [f"chaos.{name}" for name in MODULES]
    there = [name for name in names if importlib.util.find_spec(name)]
    return [check for name in there for check in importlib.import_module(name).CHECKS]
