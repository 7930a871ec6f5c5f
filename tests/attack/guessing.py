"""Guessing: what a script asks again and again.

Whoever guesses has ten tries, learns from no answer and from no clock whether an
account or an order exists, and does not get more by lying about the address.
"""

import re
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from attack import hoarding, stage
from attack.ground import uncounted, undone
from attack.stage import none
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import override_settings
from support.ground import PASSWORD, Filled
from support.verdicts import Check, Verdict, at_least, at_most, exactly, told

from accounts.adapter import LETTERS_TO_ONE

PATIENCE = timedelta(seconds=30)
MOST_TRIES = 10
#: Two medians that differ by less tell nothing over a network.
SAME_TIME = 1.3
TRIES = 30
NEW_PASSWORD = "kelp-and-barley-19"
STRANGER = "nobody.of.this.name@alder.example"

#: What differs between two answers that say the same.
_OWN = re.compile(r'nonce="[^"]*"|value="[^"]{20,}"|\d{1,2}:\d\d')


def passwords(*, small: bool) -> Iterator[Verdict]:
    """Guess passwords: of one account, from many addresses, of many accounts."""
    with stage.opened() as opened:
        alder = opened.ground.shops["alder"]
        account, tries = alder.customer.email, 12 if small else TRIES
        ways: dict[str, Callable[[int], tuple[str, dict[str, str]]]] = {
            "of one account": lambda _n: (account, {}),
            "from many addresses": lambda n: (account, {"REMOTE_ADDR": hoarding.ip(n)}),
            "of many accounts": lambda n: (f"u{n}@alder.example", {}),
            "with made-up forwarding": lambda n: (
                f"u{n}@alder.example",
                {"HTTP_X_FORWARDED_FOR": hoarding.ip(n)},
            ),
        }
        for words, way in ways.items():
            with hoarding.counting():
                heard = sum(_is_judged(_sign_in(alder, *way(n))) for n in range(tries))
                name = f"guessing: passwords {words}"
                yield at_most(name, heard, "tries", MOST_TRIES)
                # It was the limit that refused the others, not a form that is gone.
                yield at_least(f"{name}, and heard", heard, "tries", 1)
        with undone(), uncounted():
            heard = sum(_is_judged(_sign_in(alder, account, {})) for _try in range(12))
        yield exactly("guessing: passwords without limits, heard", heard, "tries", 12)
        with hoarding.counting(), override_settings(QUICKCART_PROXIES=1):
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
            yield at_least("guessing: behind our proxy, and heard", heard, "tries", 1)
        with hoarding.counting():
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

        def sign_up(email: str) -> HttpResponse:
            client = alder.browser()
            with undone():  # or it were known the next time
                form = {"email": email, "password1": NEW_PASSWORD}
                client.post("/account/signup/", form)
                return client.get("/account/confirm-email/")

        def link(reference: str) -> HttpResponse:
            return alder.browser().get(f"/orders/{reference}/")

        pairs = [
            ("sign-in", sign_in, known, unknown),
            ("reset", reset, known, unknown),
            ("sign-up", sign_up, known, unknown),
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
        all_of_them = [*opened.ground.shops.values()]
        alder = [opened.ground.shops["alder"]]
        for words, shops, most, of_many in (
            ("letters nobody asked for", alder, 5, False),
            ("letters one address has sent to many", alder, MOST_TRIES, True),
            ("letters all shops send to one", all_of_them, LETTERS_TO_ONE.most, False),
        ):
            with hoarding.counting():
                sent = _letters_sent(shops, of_many=of_many)
            yield at_most(f"guessing: {words}", sent, "mails", most)
            # As many as are let through: it was no other refusal that was counted.
            yield at_least(f"guessing: {words}, and heard", sent, "mails", most)


def _letters_sent(shops: list[Filled], *, of_many: bool) -> int:
    """Ask for new passwords: many accounts' from one address, or the reverse."""
    mail.outbox.clear()
    one = shops[0].customer.email
    for number in range(TRIES):
        email = f"one{number}@alder.example" if of_many else one
        shops[number % len(shops)].browser().post(
            "/account/password/reset/",
            {"email": email},
            REMOTE_ADDR=hoarding.ip(0 if of_many else number),
        )
    return len(mail.outbox)


def reset_links(*, small: bool) -> Iterator[Verdict]:
    """Guess the links in letters about new passwords; after ten the right one fails."""
    with stage.opened() as opened, hoarding.counting():
        alder = opened.ground.shops["alder"]
        right = _reset_link_of(alder)
        answers = [
            alder.browser().get(f"{right.rpartition('-')[0]}-{number:032x}/")
            for number in range(TRIES)
        ]
        here = alder.browser().get(right)
        there = alder.browser().get(right, REMOTE_ADDR="192.0.2.92")
    judged = sum(answer.status_code == 200 for answer in answers)
    # So many are read, and no more: the limit refused the others, nothing else did.
    yield exactly("guessing: reset links", judged, "tries", MOST_TRIES)
    refused = sum(answer.status_code == 429 for answer in answers)
    yield exactly("guessing: reset links refused", refused, "tries", TRIES - MOST_TRIES)
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
    with stage.opened() as opened, hoarding.counting():
        alder = opened.ground.shops["alder"]
        answers = [
            alder.browser().get(f"/orders/{number:016d}/").status_code
            for number in range(TRIES)
        ]
        right = alder.browser().get(f"/orders/{alder.references[0]}/")
        other = alder.browser().get(
            f"/orders/{alder.references[0]}/", REMOTE_ADDR="192.0.2.90"
        )
        yield exactly("guessing: order links", answers.count(404), "tries", MOST_TRIES)
        refused = answers.count(429)
        left = TRIES - MOST_TRIES
        yield exactly("guessing: order links refused", refused, "tries", left)
        yield exactly(
            "guessing: right links shown late", int(right.status_code == 200), "", 0
        )
        yield exactly(
            "guessing: customers elsewhere who suffer",
            int(other.status_code != 200),
            "",
            0,
        )


def _sign_in(
    shop: Filled, email: str, more: dict[str, str], *, password: str = "wrong-kelp-1"
) -> HttpResponse:
    form = {"login": email, "password": password}
    return shop.browser().post("/account/login/", form, **more)


def _is_judged(answer: HttpResponse) -> bool:
    """Say whether a password was looked at, not merely refused unread."""
    return answer.status_code == 302 or "not correct" in answer.text


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


CHECKS = [
    Check("guessing: passwords", passwords),
    Check("guessing: accounts", accounts),
    Check("guessing: letters", letters),
    Check("guessing: reset links", reset_links),
    Check("guessing: order links", order_links),
    *hoarding.CHECKS,
]
