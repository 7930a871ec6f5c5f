"""Guessing and hoarding: what a script does again and again.

Whoever guesses has ten tries, learns from no answer and from no clock whether an
account or an order exists, and does not get more by lying about the address. Whoever
hoards gets a few seats and baskets, and leaves the rest to customers.
"""

import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from attack import stage
from attack.ground import undone
from attack.stage import none
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, override_settings
from factories import selling
from support.ground import PASSWORD, Filled
from support.verdicts import Check, Verdict, at_least, at_most, exactly, told

from kernel import clock
from pickup.models import SlotHold
from storefront.checkout.views import KEPT_SEATS
from storefront.oscar_apps.basket.models import Basket
from storefront.oscar_apps.order.models import Order
from storefront.oscar_apps.partner.models import StockRecord
from tenants import context

PATIENCE = timedelta(seconds=30)
MOST_TRIES = 10
#: Two medians that differ by less tell nothing over a network.
SAME_TIME = 1.3
TRIES = 30
STRANGER = "nobody.of.this.name@alder.example"

#: What differs between two answers that say the same.
_OWN = re.compile(r'nonce="[^"]*"|value="[^"]{20,}"|\d{1,2}:\d\d')


@contextmanager
def counting() -> Iterator[None]:
    """Count as online, from nothing; what was done is undone."""
    with override_settings(QUICKCART_LIMITS=True), undone():
        cache.clear()
        yield
    cache.clear()


def passwords(*, small: bool) -> Iterator[Verdict]:
    """Guess passwords: of one account, from many addresses, of many accounts."""
    with stage.opened() as opened:
        alder = opened.ground.shops["alder"]
        account, tries = alder.customer.email, 12 if small else TRIES
        ways: dict[str, Callable[[int], tuple[str, dict[str, str]]]] = {
            "of one account": lambda _n: (account, {}),
            "from many addresses": lambda n: (account, {"REMOTE_ADDR": _ip(n)}),
            "of many accounts": lambda n: (f"u{n}@alder.example", {}),
            "with made-up forwarding": lambda n: (
                f"u{n}@alder.example",
                {"HTTP_X_FORWARDED_FOR": _ip(n)},
            ),
        }
        for words, way in ways.items():
            with counting():
                heard = sum(_is_judged(_sign_in(alder, *way(n))) for n in range(tries))
                yield at_most(
                    f"guessing: passwords {words}", heard, "tries", MOST_TRIES
                )
        with counting(), override_settings(QUICKCART_PROXIES=1):
            told_by = {"HTTP_X_FORWARDED_FOR": "6.6.6.{n}, 192.0.2.9"}
            heard = sum(
                _is_judged(
                    _sign_in(
                        alder,
                        f"u{n}@alder.example",
                        {key: value.format(n=n) for key, value in told_by.items()},
                    )
                )
                for n in range(tries)
            )
            yield at_most("guessing: behind our proxy", heard, "tries", MOST_TRIES)
        with counting():
            for _try in range(tries):
                _sign_in(alder, account, {})
            late = _sign_in(alder, account, {}, password=PASSWORD)
            elsewhere = opened.ground.shops["birch"]
            there = _sign_in(elsewhere, elsewhere.customer.email, {}, password=PASSWORD)
        yield exactly(
            "guessing: right passwords let in late", int(late.status_code == 302), "", 0
        )
        yield exactly(
            "guessing: other shops that suffer", int(there.status_code != 302), "", 0
        )


def accounts(*, small: bool) -> Iterator[Verdict]:
    """Ask for a known and an unknown address; compare what is said, and how fast."""
    times = 5 if small else 60
    with stage.opened() as opened:
        alder = opened.ground.shops["alder"]
        known, unknown = alder.customer.email, STRANGER
        theirs = opened.ground.shops["birch"].references[0]

        def reset(email: str) -> HttpResponse:
            client = alder.browser()
            return client.post("/account/password/reset/", {"email": email})

        def sign_in(email: str) -> HttpResponse:
            return _sign_in(alder, email, {})

        def link(reference: str) -> HttpResponse:
            return alder.browser().get(f"/orders/{reference}/")

        pairs = [
            ("sign-in", sign_in, known, unknown),
            ("reset", reset, known, unknown),
            ("order links of other shops", link, "0123456789abcdef", theirs),
        ]
        for words, ask, one, other in pairs:
            with undone():
                yield none(
                    f"guessing: {words} told apart by text", _apart(ask, one, other)
                )
                first, second = _medians(ask, one, other, times=times)
            slower, faster = max(first, second) * 1000, min(first, second) * 1000
            name = f"guessing: {words} told apart by time"
            if small:
                # A few tries on a machine that does other things say little of time.
                yield told(name, slower, "ms", baseline=faster)
            else:
                yield at_most(name, slower, "ms", SAME_TIME, baseline=faster)


def letters(*, small: bool) -> Iterator[Verdict]:
    """Have letters sent to people who did not ask for them: to one, and to many."""
    with stage.opened() as opened:
        alder = opened.ground.shops["alder"]
        for words, most, of_many in (
            ("letters nobody asked for", 5, False),
            ("letters one address has sent to many", MOST_TRIES, True),
        ):
            with counting():
                sent = _letters_sent(alder, of_many=of_many)
            yield at_most(f"guessing: {words}", sent, "mails", most)
            # As many as are let through: it was no other refusal that was counted.
            yield at_least(f"guessing: {words}, and heard", sent, "mails", most)


def _letters_sent(alder: Filled, *, of_many: bool) -> int:
    """Ask for new passwords: many accounts' from one address, or the reverse."""
    mail.outbox.clear()
    for number in range(TRIES):
        email = f"one{number}@alder.example" if of_many else alder.customer.email
        alder.browser().post(
            "/account/password/reset/",
            {"email": email},
            REMOTE_ADDR=_ip(0 if of_many else number),
        )
    return len(mail.outbox)


def reset_links(*, small: bool) -> Iterator[Verdict]:
    """Guess the links in letters about new passwords; after ten the right one fails."""
    with stage.opened() as opened, counting():
        alder = opened.ground.shops["alder"]
        right = _reset_link_of(alder)
        answers = [
            alder.browser().get(f"{right.rpartition('-')[0]}-{number:032x}/")
            for number in range(TRIES)
        ]
        here = alder.browser().get(right)
        there = alder.browser().get(right, REMOTE_ADDR="192.0.2.92")
    judged = sum(answer.status_code != 429 for answer in answers)
    yield at_most("guessing: reset links", judged, "tries", MOST_TRIES)
    yield exactly(
        "guessing: right reset links taken late", int(here.status_code == 302), "", 0
    )
    yield exactly(
        "guessing: right reset links taken elsewhere",
        int(there.status_code == 302),
        "",
        1,
    )


def _reset_link_of(alder: Filled) -> str:
    """Have a letter sent to alder's customer; return the path of its link."""
    mail.outbox.clear()
    form = {"email": alder.customer.email}
    alder.browser().post("/account/password/reset/", form, REMOTE_ADDR="192.0.2.93")
    found = re.search(r"/account/password/reset/key/\S+", str(mail.outbox[0].body))
    assert found
    return found[0]


def order_links(*, small: bool) -> Iterator[Verdict]:
    """Guess order links; after ten even the right one is no help."""
    with stage.opened() as opened, counting():
        alder = opened.ground.shops["alder"]
        answers = [
            alder.browser().get(f"/orders/{number:016d}/").status_code
            for number in range(TRIES)
        ]
        right = alder.browser().get(f"/orders/{alder.references[0]}/")
        other = alder.browser().get(
            f"/orders/{alder.references[0]}/", REMOTE_ADDR="192.0.2.90"
        )
        yield at_most("guessing: order links", answers.count(404), "tries", MOST_TRIES)
        yield exactly(
            "guessing: right links shown late", int(right.status_code == 200), "", 0
        )
        yield exactly(
            "guessing: customers elsewhere who suffer",
            int(other.status_code != 200),
            "",
            0,
        )


def hoarding(*, small: bool) -> Iterator[Verdict]:
    """Keep seats, begin baskets and place orders by script."""
    with stage.opened() as opened:
        alder = opened.ground.shops["alder"]
        with counting():
            kept = _seats_kept(alder, baskets=25)
            last = _basket_of(alder, "127.0.0.1")
            ordered = _order(alder, last, "127.0.0.1")
            customer = _keep_seat(alder, _basket_of(alder, "192.0.2.91"), "192.0.2.91")
        yield at_most(
            "hoarding: seats one address keeps", kept, "seats", KEPT_SEATS.most
        )
        yield exactly(
            "hoarding: orders without a seat kept",
            int(ordered.headers.get("Location", "").startswith("/orders/")),
            "orders",
            1,
        )
        yield exactly(
            "hoarding: seats kept for somebody else", int(customer), "seats", 1
        )
        with undone():
            unguarded = _seats_kept(alder, baskets=KEPT_SEATS.most + 5)
        yield at_least(
            "hoarding: seats without the guard",
            unguarded,
            "seats",
            KEPT_SEATS.most + 1,
        )
        with counting(), context.inside(alder.shop):
            before = Basket.objects.count()
            answers = [_begin(alder).status_code for _number in range(100)]
            begun = Basket.objects.count() - before
        yield at_most("hoarding: baskets one address begins", begun, "baskets", 60)
        yield told("hoarding: baskets refused", answers.count(429), "posts")
        if not small:
            placed = _orders_by_script(alder)
            yield exactly(
                "hoarding: orders of one address in an hour", placed, "orders", 60
            )


def _orders_by_script(alder: Filled) -> int:
    with counting(), context.inside(alder.shop):
        records = StockRecord.objects.filter(product_id=alder.keys["product"])
        records.update(num_in_stock=1000)
        before = Order.objects.count()
        for number in range(80):
            # Each basket begun elsewhere, each order sent from here.
            client = _basket_of(alder, _ip(number))
            _order(alder, client, "127.0.0.1", time=number)
        return Order.objects.count() - before


def _sign_in(
    shop: Filled, email: str, more: dict[str, str], *, password: str = "wrong-kelp-1"
) -> HttpResponse:
    form = {"login": email, "password": password}
    return shop.browser().post("/account/login/", form, **more)


def _is_judged(answer: HttpResponse) -> bool:
    """Say whether a password was looked at, not merely refused unread."""
    return answer.status_code == 302 or "not correct" in answer.text


def _ip(number: int) -> str:
    return f"198.51.100.{number}"


def _apart(ask: Callable[[str], HttpResponse], one: str, other: str) -> Iterator[str]:
    said = []
    for value in (one, other):
        cache.clear()
        answer = ask(value)
        words = _OWN.sub("", answer.text.replace(value, "VALUE"))
        cookies = sorted(answer.cookies)
        said.append(
            (answer.status_code, answer.headers.get("Location"), cookies, words)
        )
    if said[0] != said[1]:
        yield f"{said[0][:3]} and {said[1][:3]}; texts equal: {said[0][3] == said[1][3]}"


def _medians(
    ask: Callable[[str], Any], one: str, other: str, *, times: int
) -> tuple[float, float]:
    """Ask for both in turn, so that what else goes on befalls both."""
    taken: dict[str, list[float]] = {one: [], other: []}
    for number in range(times):
        for value in (one, other) if number % 2 else (other, one):
            cache.clear()
            started = time.perf_counter()
            ask(value)
            taken[value].append(time.perf_counter() - started)
    return statistics.median(taken[one]), statistics.median(taken[other])


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
    alder: Filled, client: Client, address: str, *, time: int = 0
) -> HttpResponse:
    """Order for one of the times that the page offers, counted from the last."""
    page = client.get("/checkout/", REMOTE_ADDR=address)
    agreement = re.search(r'name="agreement" value="([^"]+)"', page.text)
    slots = re.findall(r'name="slot" value="([^"]+)"', page.text)
    form = {
        "name": "Ana Byrne",
        "email": "ana@example.com",
        "slot": slots[-1 - time % len(slots)] if slots else "",
        "payment_method": "pay_at_pickup",
        "agreement": agreement.group(1) if agreement else "",
    }
    return client.post("/checkout/place/", form, REMOTE_ADDR=address)


CHECKS = [
    Check("guessing: passwords", passwords),
    Check("guessing: accounts", accounts),
    Check("guessing: letters", letters),
    Check("guessing: reset links", reset_links),
    Check("guessing: order links", order_links),
    Check("hoarding", hoarding),
]
