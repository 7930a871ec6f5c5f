"""The ways of paying this installation knows, and which of them a shop offers."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from kernel.refusal import Refusal
from storefront.payments.gateway import Gateway


class NotOffered(Refusal):
    """The shop does not take that way of paying."""

    code = "payment_not_offered"
    sentence = _("This shop does not take that way of paying. Please choose another.")


def offered() -> list[Gateway]:
    """Return the ways of paying the shop in force offers, the usual one first."""
    return list(_known().values())


def gateway(code: str) -> Gateway:
    """Return the gateway of a way of paying.

    Raises:
        NotOffered: there is none.
    """
    try:
        return _known()[code]
    except KeyError:
        raise NotOffered(code=code) from None


@cache
def _known() -> dict[str, Gateway]:
    gateways: list[Gateway] = [
        import_string(path)() for path in settings.PAYMENT_GATEWAYS
    ]
    return {gateway.code: gateway for gateway in gateways}
