"""What one shop gave a visitor, shown to another: it must be worth nothing there.

Sessions and every other cookie, links with tokens in them, signed values of forms,
files, words searched for, sockets, and what lies in the cache.
"""

import asyncio
import itertools
import re
from collections.abc import Iterator
from typing import Any

from attack import ground
from attack.detector import Tally
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from support import canaries
from support.ground import Filled
from support.verdicts import Verdict, at_least, told

from quickcart.websocket import application
from tenants import channels, context

#: Pages that show what is a visitor's own.
OWN_PAGES = ["/", "/account/", "/account/email/", "/basket/", "/basket/bar/"]
OWN_PAGES += ["/checkout/", "/orders/", "/admin/", "/admin/orders/", "/admin/account/"]
CLIMBS = ("", "../", "..%2f", "%2e%2e/", "%2e%2e%2f", "....//", "/", "..\\", ".%00./")
#: Answers to somebody who is nobody here.
TURNED_AWAY = {301, 302, 400, 403, 404, 405, 409, 410}


def over(tally: Tally, *, size: Any) -> Iterator[Verdict]:
    """Try all of it, from each shop in each other."""
    pairs = [
        pair
        for pair in itertools.permutations(tally.ground.shops.values(), 2)
        if pair[1].shop.subdomain in size.visited
    ]
    for theirs, here in pairs:
        with ground.undone():
            _sessions(tally, theirs, here, roles=size.roles)
            _baskets(tally, theirs, here)
            _tokens(tally, theirs, here)
            _files(tally, theirs, here)
            _words(tally, theirs, here)
    for filled in tally.ground.shops.values():
        with ground.undone():
            _of_the_hub(tally, filled)
    before = tally.probes
    asyncio.run(_all_sockets(tally, pairs))
    yield told("isolation: sockets tried", tally.probes - before, "sockets")
    yield from _cached(tally)


def _sessions(
    tally: Tally, theirs: Filled, here: Filled, *, roles: tuple[str, ...]
) -> None:
    """Show each cookie of a neighbour's visitor here, alone and together."""
    for role in set(roles) & set(theirs.people):
        source = ground.browser(theirs, role)
        for path in OWN_PAGES:
            source.get(path)
        names = list(source.cookies)
        for chosen in [*([name] for name in names), names]:
            client = here.browser()
            for name in chosen:
                client.cookies[name] = source.cookies[name].value
            for path in OWN_PAGES:
                asked = f"{_way(theirs, here)} {role}'s {chosen} GET {path}"
                answer = client.get(path)
                said = tally.answer(answer, place=here, asked=asked)
                people = {person.email for person in here.people.values()}
                taken_for = canaries.found_in(said, people)
                tally.expect(not taken_for, f"{asked}: taken for {taken_for}")
        still = source.get("/orders/")
        tally.expect(
            still.status_code == 200,
            f"{_way(theirs, here)} {role}: the session did not survive the visit",
        )


def _baskets(tally: Tally, theirs: Filled, here: Filled) -> None:
    """Show a neighbour's basket and what the neighbour's checkout has signed."""
    source, client = a_basket(theirs), a_basket(here)
    name = settings.OSCAR_BASKET_COOKIE_OPEN
    before = client.get("/basket/bar/").text
    intruder = here.browser()
    intruder.cookies[name] = source.cookies[name].value
    asked = f"{_way(theirs, here)} basket"
    for path in ("/basket/", "/basket/bar/", "/checkout/"):
        tally.answer(intruder.get(path), place=here, asked=f"{asked} GET {path}")
    empty = here.browser().get("/basket/bar/").text
    intruder.cookies[name] = source.cookies[name].value
    tally.expect(intruder.get("/basket/bar/").text == empty, f"{asked}: opened")
    tally.expect(client.get("/basket/bar/").text == before, f"{asked}: changed ours")
    form = {
        "name": "Ana",
        "email": "ana@example.com",
        "agreement": agreement_of(source),
        "payment_method": "pay_at_pickup",
    }
    for buyer in (client, intruder, here.browser()):
        answer = buyer.post("/checkout/place/", form)
        tally.answer(answer, place=here, asked=f"{asked} POST /checkout/place/")
        tally.expect(answer.status_code == 409, f"{asked}: a foreign agreement buys")


def _tokens(tally: Tally, theirs: Filled, here: Filled) -> None:
    """Open each link of a neighbour's that carries a secret."""
    way = _way(theirs, here)
    for role in ("anonymous", "owner", "admin"):
        client = ground.browser(here, role)
        for reference in theirs.references:
            for end in ("", "state/", "calendar.ics", "cancel/"):
                path = f"/orders/{reference}/{end}"
                for method in (client.get, client.post):
                    answer = method(path)
                    tally.answer(answer, place=here, asked=f"{way} {role} {path}")
                    is_away = answer.status_code in TURNED_AWAY
                    tally.expect(is_away, f"{way} {role} {path}: opens")
    invited = here.browser()
    path = theirs.paths["invitation"]
    page = invited.get(path, follow=True)
    tally.answer(page, place=here, asked=f"{way} GET {path}")
    asks = re.search(r'name="password1"', page.text)
    tally.expect(not asks, f"{way} {path}: a foreign invitation is taken")


def _files(tally: Tally, theirs: Filled, here: Filled) -> None:
    """Ask for a neighbour's files, straight and around corners."""
    client = ground.browser(here, "owner")
    schema, way = theirs.shop.schema_name, _way(theirs, here)
    paths = [theirs.paths[name] for name in ("file", "picture", "rendition")]
    paths += [theirs.paths["document"]]
    paths += [
        f"/media/{climb}{schema}{path.removeprefix('/media')}"
        for climb in CLIMBS
        for path in paths
        if path.startswith("/media")
    ]
    for path in paths:
        answer = client.get(path)
        tally.answer(answer, place=here, asked=f"{way} GET {path}")
        if schema in path or path == theirs.paths["file"]:
            is_away = answer.status_code in TURNED_AWAY
            tally.expect(is_away, f"{way} {path}: a foreign file")


def _words(tally: Tally, theirs: Filled, here: Filled) -> None:
    """Search here for what only the neighbour has: less than a whole word of it."""
    word = theirs.mark[:-2]
    searches = {
        "anonymous": ["/shop/search/?q={}", "/shop/?q={}", "/?q={}"],
        "owner": [
            "/admin/products/?q={}",
            "/admin/orders/history/?q={}",
            "/admin/pages/search/?q={}",
            "/admin/images/?q={}",
            "/admin/documents/?q={}",
            "/admin/users/?q={}",
            "/admin/choose-page/search/?q={}",
            "/admin/product_chooser/results/?q={}",
            "/admin/images/chooser/results/?q={}",
            "/admin/api/main/pages/?search={}",
        ],
    }
    for role, paths in searches.items():
        client = ground.browser(here, role)
        for path in paths:
            asked = f"{_way(theirs, here)} {role} GET {path.format(word)}"
            tally.answer(client.get(path.format(word)), place=here, asked=asked)


def _of_the_hub(tally: Tally, filled: Filled) -> None:
    """Show the shop's sessions to the hub, and the hub's to the shop."""
    hub = tally.ground.hub
    for role in ("customer", "owner", "admin"):
        client = hub.browser()
        client.cookies["sessionid"] = (
            ground.browser(filled, role).cookies["sessionid"].value
        )
        for path in ("/", "/platform/", "/account/", "/platform/mailbox/"):
            answer = client.get(path)
            tally.answer(answer, place=None, asked=f"hub: {role} of a shop GET {path}")
            is_in = path != "/" and answer.status_code == 200
            tally.expect(not is_in, f"hub: {role} of a shop gets into {path}")
    key = ground.browser(hub, "admin").cookies["sessionid"].value
    for path in OWN_PAGES:
        client = filled.browser()
        client.cookies["sessionid"] = key
        asked = f"{filled.shop.subdomain}: the hub's admin GET {path}"
        answer = client.get(path)
        tally.answer(answer, place=filled, asked=asked)
        is_in = path.startswith(("/admin", "/account")) and answer.status_code == 200
        tally.expect(not is_in, f"{asked}: is let in")


# Sockets -------------------------------------------------------------------------------


async def _all_sockets(tally: Tally, pairs: list[tuple[Filled, Filled]]) -> None:
    for theirs, here in pairs:
        for reference in theirs.references:
            await _refused(tally, theirs, here, path=f"/ws/orders/{reference}/")
        await _refused(tally, theirs, here, path="/ws/board/")
    for filled in tally.ground.shops.values():
        await _deaf(tally, filled)


async def _refused(tally: Tally, theirs: Filled, here: Filled, *, path: str) -> None:
    """Open a socket here with a neighbour's reference and each one's session."""
    for role in ("anonymous", "customer", "owner", "admin"):
        key = await asyncio.to_thread(_session_key, theirs, role)
        for origin in (here, theirs):
            socket = _socket(here, path, origin=origin, session=key)
            accepted, _code = await socket.connect(timeout=10)
            tally.expect(
                not accepted, f"{_way(theirs, here)} {role} socket {path}: accepted"
            )
            await socket.disconnect()


async def _deaf(tally: Tally, filled: Filled) -> None:
    """Speak to every group of the neighbours: a socket of this shop hears nothing."""
    reference = filled.references[0]
    socket = _socket(filled, f"/ws/orders/{reference}/", origin=filled, session="")
    accepted, _code = await socket.connect(timeout=10)
    tally.expect(accepted, f"{filled.shop.subdomain}: its own socket is refused")
    for other in tally.ground.neighbours(filled):
        for name in ("board", f"order.{reference}", *_groups_of(other)):
            group = await asyncio.to_thread(_group, other, name)
            await get_channel_layer().group_send(group, {"type": "changed"})
            tally.expect(
                await socket.receive_nothing(timeout=0.05),
                f"{filled.shop.subdomain}: hears {other.shop.subdomain}'s {name}",
            )
    group = await asyncio.to_thread(_group, filled, f"order.{reference}")
    await get_channel_layer().group_send(group, {"type": "changed"})
    heard = await socket.receive_from(timeout=5)
    tally.hear(heard, place=filled, asked=f"{filled.shop.subdomain} socket")
    await socket.disconnect()


def _groups_of(filled: Filled) -> list[str]:
    return [f"order.{reference}" for reference in filled.references]


def _group(filled: Filled, name: str) -> str:
    with context.inside(filled.shop):
        return channels.group(name)


def _session_key(filled: Filled, role: str) -> str:
    client = ground.browser(filled, role)
    return client.cookies["sessionid"].value if client.cookies else ""


def _socket(
    here: Filled, path: str, *, origin: Filled, session: str
) -> WebsocketCommunicator:
    host, page = here.host["host"], origin.host["host"]
    headers = [
        (b"host", host.encode()),
        (b"origin", f"http://{page}:{settings.QUICKCART_PORT}".encode()),
    ]
    if session:
        headers.append((b"cookie", f"sessionid={session}".encode()))
    return WebsocketCommunicator(application, path, headers=headers)


# The cache -------------------------------------------------------------------------------


def _cached(tally: Tally) -> Iterator[Verdict]:
    """Read every value the cache was left with, under whose key it lies."""
    for filled in tally.ground.shops.values():
        filled.browser().get("/")  # something is cached for each
    entries: dict[str, bytes] = dict(cache._cache)
    schemas = {each.shop.schema_name: each for each in tally.ground.shops.values()}
    homeless = [key for key in entries if not _schema_of(key, schemas)]
    for key, value in entries.items():
        owner = schemas.get(_schema_of(key, schemas))
        if owner is not None:
            said = bytes(value).decode("utf-8", "replace")
            tally.hear(said, place=owner, asked=f"cache {key}")
    for key in homeless:
        tally.expect(False, f"cache key {key} names no shop")
    yield at_least("isolation: cached values read", len(entries), "values", 3)


def _schema_of(key: str, schemas: dict[str, Filled]) -> str:
    # Django puts ":1:" and the like in front where there is a prefix.
    parts = key.split(":")[:2]
    return next((part for part in parts if part in {*schemas, "public"}), "")


# What is carried ---------------------------------------------------------------------------


def a_basket(filled: Filled) -> Client:
    """Return a guest with something in the basket."""
    client = filled.browser()
    key = filled.keys["product"]
    client.post("/basket/add/", {"product_id": key, "product": key})
    return client


def agreement_of(client: Client) -> str:
    """Return what a checkout's page has signed."""
    found = re.search(
        r'name="agreement" value="([^"]+)"', client.get("/checkout/").text
    )
    return found[1] if found else ""


def _way(theirs: Filled, here: Filled) -> str:
    return f"{theirs.shop.subdomain}→{here.shop.subdomain}"
