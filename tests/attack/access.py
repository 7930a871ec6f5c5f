"""Each address asked by each role: the answers must be those of the access table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from unittest import mock

from attack import access_table, access_wagtail, ground, stage
from attack.access_table import EVERYBODY, Rule
from attack.ground import Ground, Hub
from django.http import HttpResponseBase
from support import addresses
from support.ground import Filled
from support.verdicts import Check, Verdict, at_least, exactly

from storefront.pages import selectors

#: What is declared of each host's addresses.
RULES: Mapping[str, Mapping[str, Rule]] = {
    addresses.SHOP: {
        **access_table.ACCOUNT,
        **access_table.SHOP,
        **access_wagtail.WAGTAIL,
    },
    addresses.HUB: {**access_table.ACCOUNT, **access_table.HUB},
}
#: Our own addresses; of Wagtail's a share is asked at reduced size.
SHARE = 9
#: The workspace's front door, to which Wagtail sends who may not.
FRONT = "/admin/"
#: Methods no page of ours knows: they may do no more than a post.
OTHERS = ("PUT", "PATCH", "DELETE")

ALLOWED, SIGN_IN, FORBIDDEN = "allowed", "sign-in", "forbidden"
NOT_FOUND, NO_METHOD = "not found", "no such method"
#: What no rule lets an address answer: neither of them says who may.
BROKEN, TOO_OFTEN = "broken", "too often"


@dataclass(frozen=True)
class Asked:
    """An address, with what is declared of it."""

    template: str
    path: str
    rule: Rule


def outcome(response: HttpResponseBase, *, role: str) -> str:
    """Return what became of a request."""
    place = response.headers.get("Location", "")
    if place.startswith("/account/login/"):
        return SIGN_IN
    if response.status_code == 302 and place == FRONT and role != "anonymous":
        return FORBIDDEN
    if response.status_code >= 500:
        return BROKEN
    known = {403: FORBIDDEN, 404: NOT_FOUND, 405: NO_METHOD, 429: TOO_OFTEN}
    return known.get(response.status_code, ALLOWED)


def wanted(asked: Asked, *, role: str, method: str) -> set[str]:
    """Return the outcomes that agree with the table."""
    rule = asked.rule
    if asked.template == "/admin/login/":
        return {SIGN_IN, FORBIDDEN, NO_METHOD}
    audience = rule.get if method == "GET" else rule.post
    if method in OTHERS:
        return _other_methods(asked, role=role)
    if role in audience:
        return _for_those_let_in(asked)
    turned_away = {FORBIDDEN, NOT_FOUND}
    if role == "anonymous" and access_table.is_asked_to_sign_in(asked.template):
        turned_away = {SIGN_IN}
    if not audience:
        # Of a method nobody may use, an address may say so before it asks who is there.
        turned_away = turned_away | {NO_METHOD, NOT_FOUND}
    return turned_away


def _for_those_let_in(asked: Asked) -> set[str]:
    if asked.template in {"/admin/logout/", "/account/confirm-email/"}:
        return {ALLOWED, SIGN_IN, NOT_FOUND}
    if asked.template.startswith("/account/"):
        # Who is signed in already is led on, staff to the workspace.
        return {ALLOWED, FORBIDDEN}
    return {ALLOWED}


def _other_methods(asked: Asked, *, role: str) -> set[str]:
    refused = {NO_METHOD, FORBIDDEN, NOT_FOUND, SIGN_IN}
    return refused | {ALLOWED} if role in asked.rule.post | asked.rule.get else refused


def table_of(
    urlconf: str, *, rules: Mapping[str, Rule], source: Filled
) -> tuple[list[Asked], list[str]]:
    """Return the addresses with their rules, and the lines that are missing."""
    known, missing = [], []
    for address in addresses.of(urlconf):
        rule = rules.get(address.template)
        if rule is None:
            missing.append(f'"{address}": Rule(get=…, post=…),')
            continue
        path = address.filled(addresses.values_of(source, address))
        known.append(Asked(address.template, path, rule))
    return known, missing


def run(*, small: bool) -> Iterator[Verdict]:
    """Hold every declared address against what it answers."""
    with ground.opened() as made, ground.uncounted():
        alder = made.shops["alder"]
        yield from _of_a_host("shop", addresses.SHOP, made, alder, small=small)
        yield from _of_a_host("hub", addresses.HUB, made, made.hub, small=small)


def _of_a_host(
    name: str,
    urlconf: str,
    made: Ground,
    place: Filled | Hub,
    *,
    small: bool,
) -> Iterator[Verdict]:
    source, rules = made.shops["alder"], RULES[urlconf]
    known, missing = table_of(urlconf, rules=rules, source=source)
    stale = set(rules) - {asked.template for asked in known}
    # What is missing is told as the lines to add to the table.
    yield stage.none(f"access: {name} addresses without a line", missing)
    yield stage.none(f"access: {name} lines without an address", sorted(stale))
    roles = ground.ROLES if name == "shop" else ground.HUB_ROLES
    wagtails = [asked for asked in known if asked.template in access_wagtail.WAGTAIL]
    chosen = [asked for asked in known if asked not in wagtails]
    chosen += wagtails[::SHARE] if small else wagtails
    methods = ("GET", "POST") if small else ("GET", "POST", *OTHERS)
    wrong = [
        problem
        for asked in chosen
        for role in roles
        for problem in _problems(asked, place, role=role, methods=methods)
    ]
    count = len(chosen) * len(roles) * len(methods)
    yield at_least(f"access: {name} answers", count, "answers", 50)
    yield stage.none(f"access: {name} answers against the table", wrong)


def _problems(
    asked: Asked, place: Filled | Hub, *, role: str, methods: tuple[str, ...]
) -> Iterator[str]:
    known_as = {"visitor": "anonymous", "user": "customer"}.get(role, role)
    answers = {}
    with ground.undone():
        client = ground.browser(place, role)
        for method in methods:
            answers[method] = client.generic(method, asked.path)
    for method, response in answers.items():
        is_so = outcome(response, role=known_as)
        expected = wanted(asked, role=known_as, method=method)
        if is_so not in expected:
            yield (
                f"{role} {method} {asked.template}: {is_so}"
                f" ({response.status_code}), not {' or '.join(sorted(expected))}"
            )


def controls(*, small: bool) -> Iterator[Verdict]:
    """Take a line away, open a door to all, break one: each must be noticed."""
    with ground.opened() as made:
        alder = made.shops["alder"]
        _known, missing = table_of(addresses.SHOP, rules={}, source=alder)
        yield at_least("access: missing lines seen", len(missing), "lines", 40)
        shut = Asked("/orders/", "/orders/", Rule(frozenset()))
        seen = [*_problems(shut, alder, role="customer", methods=("GET",))]
        yield exactly("access: open doors seen", len(seen), "answers", 1)
        page = Asked("/{_0}", "/about-us/", Rule(EVERYBODY))
        with mock.patch.object(selectors, "live_page", side_effect=ZeroDivisionError):
            seen = [*_problems(page, alder, role="anonymous", methods=("GET",))]
        yield exactly("access: broken doors seen", len(seen), "answers", 1)


CHECKS = [Check("access", run), Check("access: the detector", controls)]
