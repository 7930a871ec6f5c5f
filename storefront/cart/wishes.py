"""Reading from a form which product and how many, whatever was sent."""

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from kernel.refusal import Refusal
from storefront.commerce import baskets
from storefront.oscar_apps.basket.models import MAX_QUANTITY

#: No key of ours has more digits.
LONGEST_KEY = 18


class NoQuantity(Refusal):
    """What was sent is not a number of things."""

    code = "no_quantity"
    sentence = _("How many? Please give a whole number from 1 to %(most)d.")


def product_id(request: HttpRequest) -> int:
    """Return which product a form means.

    Raises:
        NotForSale: none that could exist.
    """
    text = request.POST.get("product", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= LONGEST_KEY):
        raise baskets.NotForSale
    return int(text)


def quantity(request: HttpRequest) -> int:
    """Return how many a form means; one if it does not say.

    Raises:
        NoQuantity: no number, or one that no basket holds.
    """
    text = request.POST.get("quantity", "1").strip()
    is_number = text.isascii() and text.isdecimal() and len(text) <= LONGEST_KEY
    if not is_number or int(text) > MAX_QUANTITY:
        raise NoQuantity(most=MAX_QUANTITY)
    return int(text)


def is_exact(request: HttpRequest) -> bool:
    """Say whether the quantity is what the basket is to hold, not what to add to it.

    A page that is the same for everybody learns by script what is in the basket.
    Without script it cannot know, and its button puts one more in.
    """
    is_form = request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    return bool(getattr(request, "htmx", False)) or not is_form


def way_back(request: HttpRequest, *, fallback: str) -> str:
    """Return the page of this host a plain form came from."""
    for address in (request.POST.get("next", ""), request.headers.get("Referer", "")):
        # A word alone would be taken for the name of a view.
        if address.startswith(("/", "http")) and url_has_allowed_host_and_scheme(
            address, {request.get_host()}, require_https=request.is_secure()
        ):
            return address
    return fallback
