"""Every address and form, sent what nobody means: no failure, no traceback.

Each address gets all of it from each of three roles; at reduced size Wagtail's a share.
"""

import contextlib
import itertools
import multiprocessing
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from attack import ground, nonsense, setting_up, stage
from attack.ground import Ground, Hub
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from support import addresses, crawler, hostile
from support.ground import PASSWORD, Filled
from support.verdicts import Check, Verdict, at_least, exactly, told

from quickcart.middleware import BadInputMiddleware
from tenants import context

#: Our own screens below the workspace's address.
OURS = ("/admin/orders/", "/admin/pickup/", "/admin/products/", "/admin/settings/")
#: Posting anything at all to these does what the address says: a checkout with nothing
#: but a spoilt note in it is an order, a form of one's own account changes that.
DO_AS_THEY_SAY = {
    "/account/login/",
    "/account/logout/",
    "/account/signup/",
    "/account/reauthenticate/",
    "/account/email/",
    "/account/password/change/",
    "/account/password/set/",
    "/account/password/reset/key/{uidb36}-{key}/",
    "/admin/logout/",
    "/checkout/place/",
    "/orders/{reference}/cancel/",
}
#: What visitors who are not of the staff must not be able to change by nonsense.
WATCHED = [
    "accounts_user",
    "account_emailaddress",
    "catalogue_product",
    "cards_productcard",
    "partner_stockrecord",
    "basket_line",
    "order_order",
    "order_line",
    "order_orderstatuschange",
    "pickup_booking",
    "pickup_pickupsettings",
    "pickup_closure",
    "profile_shopprofile",
    "wagtailcore_page",
    "media_shopimage",
]
#: Cases for each of our addresses and of Wagtail's, for who enters and for the others.
FULL = {"ours": (500, 500), "wagtail": (500, 500)}
SMALL = {"ours": (20, 4), "wagtail": (2, 0)}
SHOP_ROLES, HUB_ROLES = ("anonymous", "customer", "owner"), ground.HUB_ROLES
PROCESSES = 2
TOO_OFTEN = "too often"
#: What fits where a form comes empty.
FITTING = {
    "login": "customer@alder.example",
    "email": "somebody@example.com",
    "oldpassword": PASSWORD,
    "password": PASSWORD,
    "password1": "rye-and-samphire-52",
    "password2": "rye-and-samphire-52",
}
#: A header that came out of a value.
WRITTEN = re.compile(r"^set-cookie:\s*owned=1", re.IGNORECASE | re.MULTILINE)


@dataclass
class Found:
    """What a walk through some addresses found; cases by whose, and by who came where."""

    cases: dict[str, Counter[str]] = field(
        default_factory=lambda: {"ours": Counter(), "wagtail": Counter()}
    )
    troubles: list[str] = field(default_factory=list)
    #: Refused as too often: of what was sent nothing was read.
    unread: list[str] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        for owner, cases in other.cases.items():
            self.cases[owner] += cases
        self.troubles += other.troubles
        self.unread += other.unread


def run(*, small: bool) -> Iterator[Verdict]:
    """Send everything to every address of both hosts."""
    found = Found()
    if small:
        found = walk(share=(0, 1), small=True)
    else:
        spawned = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(PROCESSES, spawned, setting_up.set_up) as pool:
            shares = [(number, PROCESSES) for number in range(PROCESSES)]
            for part in pool.map(walk, shares, itertools.repeat(small)):
                found.add(part)
    sizes = SMALL if small else FULL
    for owner, cases in found.cases.items():
        # Of every role that comes; at reduced size some never do.
        least = min(size for size in sizes[owner] if size)
        words = f"malformed: {owner}: cases"
        yield told(words, cases.total(), "requests")
        fewest = min(cases.values())
        yield at_least(f"{words} for an address and role", fewest, "requests", least)
    yield stage.none("malformed: cases nobody read", found.unread)
    yield stage.none("malformed: troubles", found.troubles)


def walk(share: tuple[int, int], small: bool) -> Found:
    """Walk through each so-manieth address of both hosts."""
    number, of = share
    found, sizes = Found(), SMALL if small else FULL
    with ground.opened() as made, ground.uncounted():
        forms = _forms(made.shops["alder"])
        hosts = (
            (addresses.SHOP, made.shops["alder"], SHOP_ROLES),
            (addresses.HUB, made.hub, HUB_ROLES),
        )
        for urlconf, place, roles in hosts:
            for address in addresses.of(urlconf)[number::of]:
                for role in roles:
                    count = _how_many(address.template, role, sizes=sizes)
                    if count:
                        _torment(
                            found,
                            made,
                            place,
                            address,
                            role=role,
                            count=count,
                            forms=forms,
                        )
    return found


def is_ours(template: str) -> bool:
    return not template.startswith("/admin/") or template.startswith(OURS)


def whose(template: str) -> str:
    return "ours" if is_ours(template) else "wagtail"


def who_enters(template: str) -> str:
    if template.startswith("/platform/"):
        return "admin"
    if template.startswith("/admin/"):
        return "owner"
    return "customer" if template.startswith(("/account/", "/orders/")) else "anonymous"


def _how_many(template: str, role: str, *, sizes: dict[str, tuple[int, int]]) -> int:
    enters, others = sizes[whose(template)]
    is_main = who_enters(template) == {"visitor": "anonymous", "user": "customer"}.get(
        role, role
    )
    return enters if is_main else others


def _torment(
    found: Found,
    made: Ground,
    place: Filled | Hub,
    address: addresses.Address,
    *,
    role: str,
    count: int,
    forms: dict[str, list[dict[str, str]]],
) -> None:
    """Send an address so many cases as somebody, and judge each answer."""
    alder, name = made.shops["alder"], address.template
    real = addresses.values_of(alder, address)
    path = address.filled(real)
    is_watched = place is alder and role != "owner" and name not in DO_AS_THEY_SAY
    host = "hub" if place is made.hub else "shop"
    with ground.undone():
        client = ground.browser(place, role)
        seen = [form for _to, form in hostile.forms_in(_page(client, path), path=path)]
        known = [*seen, *forms.get(path, [])]
        target = nonsense.Target(address, real, [_fitting(form) for form in known])
        before = _digests(alder) if is_watched else {}
        for case in nonsense.cases(target, count=count, seed=f"{host} {role}"):
            trouble = _trouble(client, case, keeps=is_watched)
            if trouble == TOO_OFTEN:
                found.unread.append(f"{host} {role} {case}")
            elif trouble:
                found.troubles.append(f"{host} {role} {case}: {trouble}")
        if is_watched:
            after = _digests(alder)
            changed = [table for table in before if before[table] != after[table]]
            if changed:
                found.troubles.append(f"{role} at {name} changed {changed}")
    found.cases[whose(name)][f"{host} {role} {name}"] += count
    cache.clear()  # what a page kept there may be of rows that are gone


def _fitting(form: dict[str, str]) -> dict[str, str]:
    """Return a form with what fits in its empty fields: the rest of it is read then."""
    return {name: value or FITTING.get(name, "") for name, value in form.items()}


def _trouble(client: Client, case: nonsense.Case, *, keeps: bool) -> str:
    """Send one request; return what is wrong with the answer, or ""."""
    cookies = client.cookies.copy()
    point = transaction.savepoint()
    try:
        response = client.generic(
            case.method, case.path, case.body, case.content_type, **case.extra
        )
        said = crawler.read(response)
    except Exception as error:  # noqa: BLE001 (it is what is looked for)
        return repr(error)
    finally:
        client.cookies = cookies
        # What broke the transaction, or ended the session, ends with its request.
        if connection.needs_rollback or not keeps or _is_broken():
            connection.needs_rollback = False
            transaction.savepoint_rollback(point)
        transaction.savepoint_commit(point)
    return TOO_OFTEN if response.status_code == 429 else _shown(response, said)


def _shown(response: Any, said: str) -> str:
    """Return what an answer shows that none may, or ""."""
    if response.status_code >= 500:
        return f"{response.status_code} {response.exc_info and response.exc_info[1]!r}"
    if "Traceback (most recent call last)" in said:
        return "shows a traceback"
    # A form shows what was sent, line ends and all: only headers count.
    heads = "\n".join(f"{name}: {value}" for name, value in response.items())
    if WRITTEN.search(heads) or "owned" in response.cookies:
        return "lets a header be written"
    is_page = "html" in response.headers.get("Content-Type", "")
    if is_page and "<script>alert(1)" in said:
        return "shows a script as it was sent"
    return ""


def _is_broken() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # noqa: BLE001 (whatever it was, it is over)
        return True
    return False


def _page(client: Client, path: str) -> str:
    with contextlib.suppress(Exception):
        return crawler.read(client.get(path))
    return ""


def _digests(filled: Filled) -> dict[str, str]:
    """Return a digest of each table that strangers must not change."""
    digest = "md5(string_agg(t::text, '' ORDER BY t::text))"
    # A visitor's own basket is the visitor's to change.
    theirs = {"basket_line": f"WHERE basket_id = {filled.keys['basket']}"}
    parts = (
        f"SELECT '{name}', {digest} FROM {name} t {theirs.get(name, '')}"
        for name in WATCHED
    )
    with context.inside(filled.shop), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


def _forms(alder: Filled) -> dict[str, list[dict[str, str]]]:
    """Return the fields of forms that are posted to an address of their own."""
    found: dict[str, list[dict[str, str]]] = {}
    with ground.undone():
        customer, owner = alder.browser(alder.customer), alder.browser(alder.owner)
        pages = [
            (customer, path) for path in ("/basket/", "/checkout/", "/account/email/")
        ]
        pages += [(customer, alder.paths["product"])]
        pages += [(customer, f"/orders/{reference}/") for reference in alder.references]
        pages += [(owner, path) for path in ("/admin/orders/", "/admin/pickup/")]
        pages += [(owner, "/admin/products/")]
        pages += [(owner, f"/admin/orders/{alder.keys['order']}/")]
        for client, path in pages:
            for target, fields in hostile.forms_in(client.get(path).text, path=path):
                known = found.setdefault(target.partition("?")[0], [])
                known += [] if fields in known else [fields]
    return found


def controls(*, small: bool) -> Iterator[Verdict]:
    """Break a screen, and ask too often: both must be noticed."""
    uncaught = mock.patch.object(BadInputMiddleware, "TRUSTING", {})
    with ground.opened() as made, ground.undone(), uncaught:
        alder = made.shops["alder"]
        client = ground.browser(alder, "owner")
        case = nonsense.Case("POST", "/admin/choose-external-link/")
        seen = _trouble(client, case, keeps=False)
        yield exactly("malformed: failures seen", bool(seen), "answers", 1)
        case = nonsense.Case("POST", "/account/password/reset/", b"email=a@b.example")
        guests = [ground.browser(alder, "anonymous") for _number in range(12)]
        heard = [_trouble(guest, case, keeps=False) for guest in guests]
        unread = heard.count(TOO_OFTEN)
        yield at_least("malformed: unread cases seen", unread, "answers", 1)


CHECKS = [Check("malformed", run), Check("malformed: the detector", controls)]
