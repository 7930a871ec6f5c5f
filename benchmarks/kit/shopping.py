"""Whole guest purchases, in our shop and in Oscar's, as a browser makes them."""

import random
from collections.abc import Callable, Sequence

from benchmarks.kit.visitor import Visitor

#: What htmx says of itself; our pages load it.
HTMX = {"HX-Request": "true", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}

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
    contact = {"name": "Ana Byrne", "email": "ana@example.com", "phone": ""}
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


def oscar_buy(visitor: Visitor, product: str) -> None:
    """Buy in Oscar's shop, as a guest, with its shipping and its preview."""
    oscar_put_in(visitor, product)
    visitor.get("/checkout/").expect(200)
    form = visitor.form("/checkout/")
    form |= {"username": "ana@example.com", "options": "anonymous"}
    visitor.post("/checkout/", form).expect(302).follow()
    form = visitor.form("/checkout/shipping-address/")
    form |= {"first_name": "Ana", "last_name": "Byrne", "line1": "Main Street 1"}
    form |= {"line4": "Galway", "postcode": "H91 W2C8", "country": "IE"}
    visitor.post("/checkout/shipping-address/", form).expect(302).follow()
    visitor.get("/checkout/preview/").expect(200)
    form = visitor.form("/checkout/preview/")
    visitor.post("/checkout/preview/", form).expect(302).follow()
