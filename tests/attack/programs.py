"""The isolation of shops once more, in the product's own programs.

Several workers answer, with one Valkey behind them all; everything is kept for good.
"""

import http.client
import itertools
import re
from collections.abc import Iterator

import redis
from attack import detector, ground, stage
from attack.detector import Tally
from django.core.cache.backends.redis import RedisCache
from django_tenants.utils import get_public_schema_name
from support.ground import Filled
from support.network import Network
from support.verdicts import Check, Verdict, at_least, exactly

PAGES = ["/", "/shop/", "/shop/search/?q=bread", "/basket/bar/", "/checkout/"]
PAGES += ["/orders/", "/account/", "/account/email/", "/admin/", "/admin/orders/"]
PAGES += ["/admin/products/", "/admin/pages/", "/admin/images/", "/theme.css"]
PAGES += ["/sitemap.xml", "/favicon.svg", "/robots.txt"]
ROLES = ("anonymous", "customer", "owner", "admin")
ROUNDS = 4
#: Celery's own keys: a message says inside of which shop it is.
CELERYS = re.compile(
    r"celery|unacked\w*"
    r"|_kombu\.(binding_deadlines|binding(_permanent)?\.celery[\w.]*)"
)


def run(*, small: bool) -> Iterator[Verdict]:
    """Ask each shop's pages with everybody's sessions, the shops in turns."""
    with stage.opened() as opened:
        tally = Tally(opened.ground)
        shops = list(opened.ground.shops.values())
        keys = {
            (filled.mark, role): _session_key(filled, role)
            for filled in shops
            for role in ROLES
        }
        before = [detector.rows_of(filled) for filled in shops]
        network = opened.network()
        rounds = range(1 if small else ROUNDS)
        # Each page of all shops, one after the other: what a process remembers of
        # one is asked for by the next.
        turns = itertools.product(rounds, ROLES, PAGES, shops, shops)
        for _round, role, path, source, here in turns:
            _ask(tally, network, here, path=path, key=keys[source.mark, role])
        for source, here in itertools.permutations(shops, 2):
            for path in _paths_of(source):
                _ask(tally, network, here, path=path, key=keys[here.mark, "owner"])
        after = [detector.rows_of(filled) for filled in shops]
        touched = [
            table
            for was, now in zip(before, after, strict=True)
            for table in detector.changed(was, now)
            # When somebody came is kept; the outbox goes its own way.
            if table not in stage.TRACES and not table.startswith("notifications_")
        ]
        yield from tally.verdicts("isolation in real programs", least=500)
        yield at_least(
            "isolation in real programs: answers with the shop's own words",
            tally.telling,
            "answers",
            200,
        )
        yield exactly(
            "isolation in real programs: tables changed", len(touched), "tables", 0
        )
        yield from _of_keys({filled.shop.schema_name for filled in shops})


def _of_keys(schemas: set[str]) -> Iterator[Verdict]:
    """Judge whose is what the programs keep in Valkey; then keep there what is nobody's."""
    name = "isolation in real programs: keys"
    keys = _keys()
    owners = {_owner_of(key) for key in keys}
    known = schemas | {get_public_schema_name()}
    yield exactly(f"{name}: shops that have some", len(owners & schemas), "shops", 3)
    yield stage.none(f"{name} of no shop", _of_nobody(keys, known))
    plain = RedisCache(stage.corner(), {})
    plain.set("shop", "alder")
    seen = _of_nobody(_keys(), known)
    plain.delete("shop")
    yield at_least(f"{name} seen where a cache knows no shop", len(seen), "keys", 1)


def _keys() -> list[str]:
    with redis.from_url(stage.corner(), decode_responses=True) as valkey:
        return sorted(valkey.scan_iter(count=1000))


def _owner_of(key: str) -> str:
    return key.partition(":")[0]


def _of_nobody(keys: list[str], known: set[str]) -> list[str]:
    return [
        key
        for key in keys
        if _owner_of(key) not in known and not CELERYS.fullmatch(key)
    ]


def _session_key(filled: Filled, role: str) -> str:
    client = ground.browser(filled, role)
    return client.cookies["sessionid"].value if client.cookies else ""


def _paths_of(filled: Filled) -> list[str]:
    orders = [f"/orders/{reference}/" for reference in filled.references]
    return [*filled.paths.values(), *orders, *(f"{path}state/" for path in orders)]


def _ask(tally: Tally, network: Network, here: Filled, *, path: str, key: str) -> None:
    server = http.client.HTTPConnection("127.0.0.1", network.port, timeout=60)
    # Each comes from elsewhere: how often one asks is counted.
    number = tally.probes
    headers = {
        "Host": f"{here.host['host']}:{network.port}",
        "X-Forwarded-For": f"10.7.{number // 250 % 250}.{number % 250 + 1}",
    }
    if key:
        headers["Cookie"] = f"sessionid={key}"
    try:
        server.request("GET", path, headers=headers)
        response = server.getresponse()
        said = f"{response.headers}\n{response.read().decode('utf-8', 'replace')}"
    finally:
        server.close()
    asked = f"{here.shop.subdomain} GET {path}"
    tally.hear(said, place=here, asked=asked)
    if response.status >= 500:
        tally.failures.append(f"{asked}: {response.status}")


CHECKS = [Check("isolation in real programs", run)]
