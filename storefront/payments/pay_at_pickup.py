"""Paying at the counter, by whatever the shop takes there."""

from collections.abc import Mapping, Sequence

from django.core.signing import BadSignature
from django.utils.translation import gettext_lazy as _

from kernel.money import Money
from storefront.payments.gateway import Event, Outcome, Result


class PayAtPickup:
    """Nothing is set aside; the counter takes the whole at the hand-over."""

    code = "pay_at_pickup"
    title = _("Pay when you collect")
    note = _("Cash or card at the counter. Nothing is charged now.")
    is_in_person = True

    def authorise(self, *, amount: Money, reference: str, key: str) -> Result:
        """Promise to pay: nobody is asked."""
        return Result(Outcome.DONE, amount, reference=reference)

    def capture(self, *, authorisation: str, amount: Money, key: str) -> Result:
        """Take the money over the counter."""
        return Result(Outcome.DONE, amount, reference=authorisation)

    def refund(self, *, capture: str, amount: Money, key: str) -> Result:
        """Give money back over the counter."""
        return Result(Outcome.DONE, amount, reference=capture)

    def void(self, *, authorisation: str, amount: Money, key: str) -> Result:
        """Forget the promise."""
        return Result(Outcome.DONE, amount, reference=authorisation)

    def webhook(self, *, body: bytes, headers: Mapping[str, str]) -> Sequence[Event]:
        """Refuse: no provider stands behind a counter."""
        raise BadSignature
