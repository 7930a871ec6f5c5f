"""The port through which money is asked for.

A gateway speaks to one provider and keeps no record of ours: `ledger` does.
Calls may be slow, and are made outside any transaction and any lock, except to a
gateway that is paid in person: it only says what happens at the counter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from django.utils.functional import Promise

from kernel.money import Money


class Outcome(StrEnum):
    DONE = "done"
    PENDING = "pending"  # the provider tells later, by webhook
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Result:
    """What a provider answered; its own record is the truth."""

    outcome: Outcome
    amount: Money
    reference: str = ""
    reason: str = ""


class EventKind(StrEnum):
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    REFUNDED = "refunded"
    VOIDED = "voided"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Event:
    """What a provider told by webhook: signed, in no order, perhaps twice."""

    id: str
    kind: EventKind
    reference: str
    amount: Money
    happened_at: datetime


class Gateway(Protocol):
    """A way to be paid. Every `key` makes its call idempotent at the provider."""

    code: str
    title: str | Promise
    note: str | Promise
    #: Money changes hands when the order is collected.
    is_in_person: bool

    def authorise(self, *, amount: Money, reference: str, key: str) -> Result:
        """Ask the provider to set an amount aside for an order."""

    def capture(self, *, authorisation: str, amount: Money, key: str) -> Result:
        """Take all or a part of what was set aside."""

    def refund(self, *, capture: str, amount: Money, key: str) -> Result:
        """Give back all or a part of what was taken."""

    def void(self, *, authorisation: str, amount: Money, key: str) -> Result:
        """Let go of what was set aside and not taken."""

    def webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Sequence[Event]:
        """Verify and read what the provider tells us.

        Raises:
            BadSignature: the provider did not send it.
        """
