"""What is one shop's is never seen, and never changed, from another.

Alder and birch have rows of the same keys, cedar of others; each has its own mark in
every text. Everything is asked of a shop's host with what the neighbours have.
"""

import itertools
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest import mock

from attack import at_once, carried, columns, detector, ground
from attack.detector import Tally
from attack.ground import Ground
from django.test import Client, override_settings
from support import addresses, canaries, crawler, hostile
from support.ground import Filled
from support.verdicts import Check, Verdict, at_least, exactly, told

from tenants import context, hosts
from tenants.editions import current

#: A crawl that is not done after so many pages goes in circles.
MOST = 900
STARTS = ["/", "/shop/", "/basket/", "/checkout/", "/orders/", "/account/", "/admin/"]
STARTS += ["/sitemap.xml", "/robots.txt", "/theme.css", "/favicon.svg", "/old"]
STARTS += [
    "/shop/search/?q=bread",
    "/admin/reports/site-history/",
    "/admin/api/main/pages/",
]
#: How many pages with words of its own each role finds at the least.
TELLING = {"anonymous": 30, "customer": 30, "owner": 120, "admin": 120}
METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
#: They end the session the other probes need.
ENDS = {"/account/logout/", "/admin/logout/"}
#: Fields of forms that hold a key, and what of a filled shop the key is of.
KEY_FIELD = re.compile(r"(?:^|[_-])(?:id|pk|ids|chooser|image|page|product|document)$")


@dataclass(frozen=True)
class Size:
    """How much of it is tried."""

    crawls: list[tuple[str, str]]
    targets: tuple[str, ...]
    #: Where is shown what was got elsewhere.
    visited: tuple[str, ...]
    roles: tuple[str, ...]
    methods: tuple[str, ...]
    #: Of the addresses each so-manieth.
    share: int
    least: int


FULL = Size(
    crawls=[*itertools.product(("alder", "birch", "cedar"), TELLING)],
    targets=("alder", "cedar"),
    visited=("alder", "birch", "cedar"),
    roles=("anonymous", "customer", "owner", "admin"),
    methods=METHODS,
    share=1,
    least=10_000,
)
SMALL = Size(
    crawls=[
        ("alder", "anonymous"),
        ("alder", "customer"),
        ("alder", "owner"),
        ("cedar", "anonymous"),
    ],
    targets=("alder",),
    visited=("alder",),
    roles=("anonymous", "owner"),
    methods=("get", "post"),
    share=6,
    least=700,
)


def run(*, small: bool) -> Iterator[Verdict]:
    """Ask everything of everybody."""
    size, total = SMALL if small else FULL, 0
    with ground.opened() as made, _pages_kept():
        for shop in made.shops.values():
            yield from columns.verdicts(
                f"isolation: marks in {shop.shop.subdomain}",
                reached=shop.marked,
                every=canaries.all_columns(),
                declared=columns.UNMARKED,
            )
        parts = {
            "the crawl": crawls,
            "every address and method": asked_of_every_address,
            "what was another's": carried.over,
        }
        for name, part in parts.items():
            tally = Tally(made)
            yield from part(tally, size=size)
            yield from tally.verdicts(f"isolation: {name}", least=1)
            total += tally.probes
        yield at_least("isolation: probes in all", total, "probes", size.least)


@contextmanager
def _pages_kept() -> Iterator[None]:
    """Keep pages for everybody as the product does and other tests do not."""
    current.forget()
    with override_settings(QUICKCART_EDITIONS=True, QUICKCART_PAGE_CACHE=True):
        yield
    current.forget()


# The crawl -------------------------------------------------------------------------


def crawls(tally: Tally, *, size: Size) -> Iterator[Verdict]:
    """Follow every link of each shop as each role."""
    for subdomain, role in size.crawls:
        filled = tally.ground.shops[subdomain]
        before = tally.telling
        with ground.undone():
            said = _crawl(tally.ground, filled, role=role)
        for path, text in said.items():
            tally.hear(text, place=filled, asked=f"{subdomain} {role} GET {path}")
        name = f"isolation: the crawl of {subdomain} as {role}"
        yield at_least(
            f"{name}: pages with its own words",
            tally.telling - before,
            "pages",
            TELLING[role],
        )
        yield exactly(f"{name}: without end", len(said) >= MOST, "crawls", 0)


def _crawl(made: Ground, filled: Filled, *, role: str) -> dict[str, str]:
    known = [*STARTS]
    for address, source in itertools.product(
        addresses.of(addresses.SHOP), made.shops.values()
    ):
        known.append(address.filled(addresses.values_of(source, address)))
    for source in made.shops.values():
        known += source.paths.values()
    starts = [path for path in known if not path.startswith(crawler.LEFT_ALONE)]
    client = ground.browser(filled, role)
    return crawler.crawl(client, starts, host=filled.host["host"], most=MOST)


# Every address, every method -----------------------------------------------------------


def asked_of_every_address(tally: Tally, *, size: Size) -> Iterator[Verdict]:
    """Ask each address in each way, with each neighbour's keys in path and body."""
    touched = 0
    listed = [
        address
        for address in addresses.of(addresses.SHOP)
        if zlib.crc32(str(address).encode()) % size.share == 0
        and address.template not in ENDS
    ]
    for subdomain, role in itertools.product(size.targets, size.roles):
        filled = tally.ground.shops[subdomain]
        for address in listed:
            touched += _asked_with_all_keys(
                tally, filled, address, role=role, methods=size.methods
            )
    yield exactly("isolation: tables of others changed", touched, "tables", 0)
    yield from _of_the_hub(tally, size=size)


def _asked_with_all_keys(
    tally: Tally,
    filled: Filled,
    address: addresses.Address,
    *,
    role: str,
    methods: tuple[str, ...],
) -> int:
    """Return how many tables of the neighbours were changed."""
    made = tally.ground
    tried: set[str] = set()
    with ground.undone():
        before = detector.writes(made.neighbours(filled))
        for source in made.shops.values():
            path = address.filled(addresses.values_of(source, address))
            if path in tried:
                continue
            tried.add(path)
            client = ground.browser(filled, role)
            _ask(tally, client, filled, source, path=path, role=role, methods=methods)
        after = detector.writes(made.neighbours(filled))
        touched = detector.changed(before, after)
    if touched:
        tally.leaks.append(f"{role} at {address} changed {touched}")
    return len(touched)


def _ask(
    tally: Tally,
    client: Client,
    filled: Filled,
    source: Filled,
    *,
    path: str,
    role: str,
    methods: tuple[str, ...],
) -> None:
    page = ""
    for method in methods:
        asked = f"{filled.shop.subdomain} {role} {method.upper()} {path}"
        if method == "post":
            for fields in _bodies(page, path, source):
                response = client.post(
                    path, hostile.encoded(fields), content_type=hostile.FORM
                )
                sent = [str(value) for value in fields.values()]
                tally.answer(response, place=filled, asked=asked, sent=sent)
            continue
        response = client.generic(method.upper(), path)
        said = tally.answer(response, place=filled, asked=asked)
        page = said if method == "get" else page


def _bodies(page: str, path: str, source: Filled) -> Iterator[dict[str, str]]:
    """Yield what a page's forms would send, and a body of another shop's keys."""
    for _target, fields in itertools.islice(hostile.forms_in(page, path=path), 2):
        yield {
            name: str(_key(source, name)) if KEY_FIELD.search(name) else value
            for name, value in fields.items()
        }
    yield {name: str(_key(source, name)) for name in (*source.keys, *hostile.QUERY)}


def _key(source: Filled, name: str) -> int:
    kind = next((kind for kind in source.keys if kind in name), "product")
    return source.keys[kind]


def _of_the_hub(tally: Tally, *, size: Size) -> Iterator[Verdict]:
    """Ask the hub in each way, as each of its visitors and with shops' sessions."""
    made, before = tally.ground, tally.probes
    listed = [a for a in addresses.of(addresses.HUB) if a.template not in ENDS]
    for address, role in itertools.product(listed, ground.HUB_ROLES):
        if "shops/" in address.template and role == "admin":
            continue  # there an admin looks into a shop: that is what it is for
        with ground.undone():
            client = ground.browser(made.hub, role)
            for source, method in itertools.product(
                made.shops.values(), size.methods[:4]
            ):
                path = address.filled(addresses.values_of(source, address))
                response = client.generic(method.upper(), path)
                asked = f"hub {role} {method.upper()} {path}"
                tally.answer(response, place=None, asked=asked)
    yield told("isolation: probes of the hub", tally.probes - before, "probes")


# What the detector must see -------------------------------------------------------------


def controls(*, small: bool) -> Iterator[Verdict]:
    """Open a hole on purpose: the same probes must find it."""
    with ground.opened() as made:
        alder, birch = made.shops["alder"], made.shops["birch"]
        for role in ("anonymous", "owner"):
            tally = Tally(made)
            with ground.undone(), _a_hole_to(birch):
                client = alder.browser()
                if role == "owner":
                    with context.inside(birch.shop):
                        client.force_login(birch.owner, backend=ground.BACKEND)
                said = crawler.crawl(
                    client, STARTS[:7], host="alder.localhost", most=15
                )
            for path, text in said.items():
                tally.hear(text, place=alder, asked=f"GET {path}")
            name = f"isolation: leaks seen through a hole as {role}"
            yield at_least(name, len(tally.leaks), "leaks", 6)
        with ground.undone():
            before = detector.writes([birch])
            idle = detector.changed(before, detector.writes([birch]))
            with context.inside(birch.shop):
                birch.owner.save()
                birch.owner.groups.clear()
            seen = detector.changed(before, detector.writes([birch]))
        yield exactly("isolation: changes seen that were none", len(idle), "tables", 0)
        yield exactly("isolation: changes seen that were made", len(seen), "tables", 2)


@contextmanager
def _a_hole_to(filled: Filled) -> Iterator[None]:
    """Let every host lead to one shop."""
    edition = current.Edition(filled.shop, "")
    with (
        mock.patch.object(hosts, "shop_of_host", return_value=filled.shop),
        mock.patch.object(current, "of_host", return_value=edition),
    ):
        yield


CHECKS = [
    Check("isolation", run),
    Check("isolation: the detector", controls),
    Check("isolation: at once", at_once.run),
]
