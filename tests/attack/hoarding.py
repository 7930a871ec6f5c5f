"""Hoarding: what a script begins again and again, and leaves lying about.

Whoever hoards gets a few seats and baskets, and leaves the rest to customers; what is
thrown away after each post (a cookie) leaves no row behind.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from attack import stage
from attack.ground import undone
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, override_settings
from factories import selling
from support.ground import Filled
from support.verdicts import Check, Verdict, at_least, at_most, exactly, told

from kernel import clock
from pickup.models import SlotHold
from storefront.checkout.views import KEPT_SEATS, ORDERS_FOR_ONE
from storefront.oscar_apps.basket.models import Basket
from storefront.oscar_apps.order.models import Order
from storefront.oscar_apps.partner.models import StockRecord
from tenants import context

POSTS = 100
#: Where Django keeps what a page says once, unless it is told otherwise.
IN_SESSIONS = "django.contrib.messages.storage.session.SessionStorage"


@contextmanager
def counting() -> Iterator[None]:
    """Count as online, from nothing; what was done is undone."""
    with override_settings(QUICKCART_LIMITS=True), undone():
        cache.clear()
        yield
    cache.clear()


def ip(number: int) -> str:
    return f"198.51.100.{number}"


def seats(*, small: bool) -> Iterator[Verdict]:
    """Keep every seat there is."""
    with stage.opened() as opened:
        alder = opened.ground.shops["alder"]
        with counting():
            kept = _seats_kept(alder, baskets=25)
            last = _basket_of(alder, "127.0.0.1")
            ordered = _order(alder, last, "127.0.0.1")
            customer = _keep_seat(alder, _basket_of(alder, "192.0.2.91"), "192.0.2.91")
        with undone():
            unguarded = _seats_kept(alder, baskets=KEPT_SEATS.most + 5)
    placed = int(ordered.headers.get("Location", "").startswith("/orders/"))
    most = KEPT_SEATS.most
    yield at_most("hoarding: seats one address keeps", kept, "seats", most)
    yield exactly("hoarding: orders without a seat kept", placed, "orders", 1)
    yield exactly("hoarding: seats kept for somebody else", int(customer), "seats", 1)
    yield at_least("hoarding: seats without the guard", unguarded, "seats", most + 1)


def baskets(*, small: bool) -> Iterator[Verdict]:
    """Begin baskets and place orders by script."""
    with stage.opened() as opened:
        alder = opened.ground.shops["alder"]
        with counting(), context.inside(alder.shop):
            before = Basket.objects.count()
            answers = [_begin(alder).status_code for _number in range(POSTS)]
            begun = Basket.objects.count() - before
        yield at_most("hoarding: baskets one address begins", begun, "baskets", 60)
        yield told("hoarding: baskets refused", answers.count(429), "posts")
        if not small:
            placed = _orders_by_script(alder)
            name = "hoarding: orders of one address in an hour"
            yield exactly(name, placed, "orders", 60)
            named = _orders_by_script(alder, email="victim@example.com")
            name, most = "hoarding: orders that name one person", ORDERS_FOR_ONE.most
            yield exactly(name, named, "orders", most)


def sessions(*, small: bool) -> Iterator[Verdict]:
    """Send forms again and again, without the cookies they are answered with."""
    posts = 12 if small else POSTS
    with stage.opened() as opened:
        alder = opened.ground.shops["alder"]
        with counting():
            left = _sessions_left(alder, posts=posts)
        with counting(), override_settings(MESSAGE_STORAGE=IN_SESSIONS):
            unguarded = _sessions_left(alder, posts=posts)
    yield exactly("hoarding: sessions begun by posts", left, "rows", 0)
    name = "hoarding: sessions where pages' words are kept in them"
    yield exactly(name, unguarded, "rows", 2 * posts)


def _sessions_left(alder: Filled, *, posts: int) -> int:
    """Fill a basket and send its order, each post as if it were the first."""
    client = _basket_of(alder, ip(1))
    with context.inside(alder.shop):
        before = Session.objects.count()
    for _number in range(posts):
        _forget_all_but_the_basket(client)
        client.post("/basket/add/", {"product": alder.keys["product"]})
    form = _form_of(client.get("/checkout/"))
    client.post("/checkout/place/", form)
    for number in range(posts):
        client.cookies.clear()
        # Another wish under the key of an order that is placed.
        client.post("/checkout/place/", form | {"note": f"{number}"})
    with context.inside(alder.shop):
        return Session.objects.count() - before


def _forget_all_but_the_basket(client: Client) -> None:
    for name in client.cookies.keys() - {settings.OSCAR_BASKET_COOKIE_OPEN}:
        del client.cookies[name]


def _orders_by_script(alder: Filled, *, email: str = "") -> int:
    with counting(), context.inside(alder.shop):
        records = StockRecord.objects.filter(product_id=alder.keys["product"])
        records.update(num_in_stock=1000)
        before = Order.objects.count()
        for number in range(80):
            # Each basket begun elsewhere, each order sent from here.
            client = _basket_of(alder, ip(number))
            named = email or f"ana{number}@example.com"
            address = ip(number) if email else "127.0.0.1"
            _order(alder, client, address, time=number, email=named)
        return Order.objects.count() - before


def _begin(alder: Filled, address: str = "127.0.0.1") -> HttpResponse:
    return alder.browser().post(
        "/basket/add/", {"product": alder.keys["product"]}, REMOTE_ADDR=address
    )


def _basket_of(alder: Filled, address: str) -> Client:
    client = alder.browser()
    client.post("/basket/add/", {"product": alder.keys["product"]}, REMOTE_ADDR=address)
    return client


def _keep_seat(alder: Filled, client: Client, address: str) -> bool:
    """Choose the earliest time; say whether a seat is kept for this basket now."""
    with context.inside(alder.shop):
        before = _live()
        slot = selling.free_slot(now=clock.now())
    client.post("/checkout/slot/", {"slot": slot}, REMOTE_ADDR=address)
    with context.inside(alder.shop):
        return _live() > before


def _seats_kept(alder: Filled, *, baskets: int) -> int:
    with context.inside(alder.shop):
        before = _live()
    for _number in range(baskets):
        _keep_seat(alder, _basket_of(alder, "127.0.0.1"), "127.0.0.1")
    with context.inside(alder.shop):
        return _live() - before


def _live() -> int:
    return SlotHold.objects.filter(expires_at__gt=clock.now()).count()


def _order(
    alder: Filled,
    client: Client,
    address: str,
    *,
    time: int = 0,
    email: str = "ana@example.com",
) -> HttpResponse:
    """Order for one of the times that the page offers, counted from the last."""
    page = client.get("/checkout/", REMOTE_ADDR=address)
    form = _form_of(page, time=time) | {"email": email}
    return client.post("/checkout/place/", form, REMOTE_ADDR=address)


def _form_of(page: HttpResponse, *, time: int = 0) -> dict[str, str]:
    agreement = re.search(r'name="agreement" value="([^"]+)"', page.text)
    slots = re.findall(r'name="slot" value="([^"]+)"', page.text)
    return {
        "name": "Ana Byrne",
        "email": "ana@example.com",
        "slot": slots[-1 - time % len(slots)] if slots else "",
        "payment_method": "pay_at_pickup",
        "agreement": agreement.group(1) if agreement else "",
    }


CHECKS = [
    Check("hoarding: seats", seats),
    Check("hoarding: baskets", baskets),
    Check("hoarding: sessions", sessions),
]
