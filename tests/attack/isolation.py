"""What is one shop's is never seen, and never changed, from another."""

from support.verdicts import Check

CHECKS: list[Check] = []
