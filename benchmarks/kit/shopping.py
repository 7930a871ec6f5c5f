"""Whole guest purchases, in our shop and in Oscar's, as a browser makes them."""

import random
import re
from collections.abc import Callable, Sequence

from benchmarks.kit.visitor import Visitor

#: What htmx says of itself; our pages load it.
HTMX = {"HX-Request": "true", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}

GUEST = "ana@example.com"

#: Where Oscar shows an order before it is placed.
OSCARS_PREVIEW = "/checkout/preview/"

#: Where an order stands, as Oscar's thanks link to it.
OSCARS_STATUS = re.compile(r'href="(/accounts/order-status/[^"]+)"')

#: Buys one of the product at an address.
Buyer = Callable[[Visitor, str], None]


def put_in(visitor: Visitor, product: str) -> None:
    """Put a product of ours into the basket, from its page."""
    visitor.get(product).expect(200)
    form = visitor.form("/basket/add/")
    visitor.post("/basket/add/", form, **HTMX).expect(200)


def fill(visitor: Visitor, products: Sequence[str]) -> None:
    for product in products:
        put_in(visitor, product)


def buy(visitor: Visitor, product: str, *, keeps_time: bool = True) -> None:
    """Buy in our shop: product, basket, checkout, a time kept, order, its page."""
    put_in(visitor, product)
    visitor.get("/checkout/").expect(200)
    form = visitor.form("/checkout/place/")
    contact = {"name": "Ana Byrne", "email": GUEST, "phone": ""}
    slot = random.choice(visitor.choices("slot"))
    form |= contact | {"slot": slot}
    if keeps_time:
        visitor.post("/checkout/slot/", form, **HTMX).expect(200)
    visitor.post("/checkout/place/", form).expect(302).follow()


def buy_quickly(visitor: Visitor, product: str) -> None:
    """Buy in our shop with no time kept while the form is filled in."""
    buy(visitor, product, keeps_time=False)


def oscar_put_in(visitor: Visitor, product: str) -> None:
    """Put a product of Oscar's into the basket, from its page."""
    visitor.get(product).expect(200)
    form = visitor.form(r"/basket/add/\d+/")
    visitor.post(form.pop(visitor.ACTION), form).expect(302).follow()


def oscar_fill(visitor: Visitor, products: Sequence[str]) -> None:
    for product in products:
        oscar_put_in(visitor, product)


def oscar_preview(visitor: Visitor) -> None:
    """Go to Oscar's checkout with what is in the basket, as far as its preview."""
    visitor.get("/checkout/").expect(200)
    form = visitor.form("/checkout/")
    form |= {"username": GUEST, "options": "anonymous"}
    visitor.post("/checkout/", form).expect(302).follow()
    form = visitor.form("/checkout/shipping-address/")
    form |= {"first_name": "Ana", "last_name": "Byrne", "line1": "Main Street 1"}
    form |= {"line4": "Galway", "postcode": "H91 W2C8", "country": "IE"}
    visitor.post("/checkout/shipping-address/", form).expect(302).follow()
    visitor.get(OSCARS_PREVIEW).expect(200)


def oscar_buy(visitor: Visitor, product: str) -> None:
    """Buy in Oscar's shop, as a guest, with its shipping and its preview."""
    oscar_put_in(visitor, product)
    oscar_preview(visitor)
    form = visitor.form(OSCARS_PREVIEW)
    visitor.post(OSCARS_PREVIEW, form).expect(302).follow()


def oscar_look_up(visitor: Visitor) -> None:
    """Follow the link of Oscar's thanks to the order's status; it asks for the e-mail."""
    [path, *_again] = OSCARS_STATUS.findall(visitor.text)
    visitor.get(path).expect(302).follow()
    form = visitor.form(r"/accounts/order-status-form/.*") | {"email": GUEST}
    visitor.post(visitor.path, form).expect(302).follow()
