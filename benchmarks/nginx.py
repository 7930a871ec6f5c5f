"""Pages from nginx: how many a second, over TLS, and how soon a change is seen.

Everything that docker/compose.yaml runs is run natively (support.deployment), and wrk
asks as browsers do: for compressed pages, over kept-alive connections. What counts as a
kept page is an answer of which nginx's log says so: status 200, from what it keeps.
"""

import gzip
import http.client
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from django.db import connections
from django.utils.html import escape
from django.utils.http import urlencode
from support import deployment, verdicts
from support.verdicts import Verdict

from benchmarks.kit import ground
from benchmarks.kit.ground import Ground
from quickcart.launcher import servers
from storefront.cards.models import ProductCard
from storefront.oscar_apps.catalogue.models import Category
from tenants import context

LEAST = 10_000  # pages a second
SOON = 2.0  # seconds until a change is seen
CLIENTS = 16
WORD = "bread"
#: A page is kept for half a second; so often it is asked for until it comes from there.
TRIES = 20
#: Seconds to wait for lines of the log, which nginx writes every second.
PATIENCE = 10
TLS = deployment.unverified()
GOOD = (200, "HIT")
#: In the log: whoever asked did not wait for the answer. wrk, when its time is over.
LEFT = 499
LINE = re.compile(rb'"status":(\d+),.*"cache":"(\w*)"')


@dataclass(frozen=True)
class Page:
    """A page, and words that no other has."""

    name: str
    host: str
    path: str
    words: str


@dataclass(frozen=True)
class Answer:
    """What came: a page, and whether nginx had kept it."""

    status: int
    cache: str
    text: str


def measure(*, small: bool) -> Iterator[Verdict]:
    """Measure the pages everybody sees, then change one."""
    products, seconds, changes = (110, 1, 2) if small else (500, 10, 10)
    wrk = servers.provide_wrk()
    if wrk is None:
        raise RuntimeError(
            "wrk can neither be found nor unpacked here: apt install wrk"
        )
    with ExitStack() as stack:
        shop = stack.enter_context(ground.market(products=products))
        address = shop.database_url
        if pgbouncer := servers.find_pgbouncer():
            pool = deployment.pooled(
                shop.var, pgbouncer=pgbouncer, database_url=address
            )
            address = stack.enter_context(pool)
        online = stack.enter_context(
            deployment.deployed(
                var=shop.var,
                static=deployment.static_files(),
                database_url=address,
                redis_url=shop.redis_url,
                email_url="smtp://127.0.0.1:9",
            )
        )
        for page in _pages(shop):
            kept = _is_kept(online, page)
            yield verdicts.exactly(f"nginx: {page.name}, found kept", kept, "pages", 1)
            rate, failures = _load(wrk, online, page, seconds=seconds)
            title = f"nginx: {page.name}, kept"
            # At reduced size only that it is answered is judged: the rate is noise.
            if small:
                yield verdicts.told(title, rate, "pages/s")
            else:
                yield verdicts.at_least(title, rate, "pages/s", LEAST)
            yield verdicts.exactly(
                f"nginx: {page.name}, failures", failures, "answers", 0
            )
        yield from _changes(online, shop, times=changes)


CHECKS = [verdicts.Check("nginx", measure)]


def _pages(shop: Ground) -> Iterator[Page]:
    category = ground.biggest_category(shop.shop)
    with context.inside(shop.shop):
        card = ProductCard.objects.order_by("pk").first()
        found = ProductCard.objects.matching(WORD).first()
        aisle = category.get_absolute_url()
    connections.close_all()
    yield Page("hub", deployment.DOMAIN, "/", escape(shop.shop.name))
    for name, path, words in (
        ("home", "/", shop.data["pages"]["home"]["blocks"][0]["heading"]),
        ("category", aisle, category.name),
        ("product", card.url, card.title),
        ("search", _search(WORD), found.title),
    ):
        yield Page(name, shop.host, path, escape(words))


def _search(words: str) -> str:
    return f"/shop/search/?{urlencode({'q': words})}"


def _is_kept(online: deployment.Deployment, page: Page) -> bool:
    """Say whether a page comes, is the one that is meant, and is soon a kept one."""
    for _try in range(TRIES):
        answer = _ask(online, page)
        if answer.status != 200 or page.words not in answer.text:
            return False
        if (answer.status, answer.cache) == GOOD:
            return True
    return False


def _load(
    wrk: Path, online: deployment.Deployment, page: Page, *, seconds: int
) -> tuple[float, int]:
    """Return kept pages a second, and how many answers were no page.

    To wrk a redirect is as good as a page: what came is read in nginx's log.
    """
    command = [
        *(str(wrk), "--threads=1", f"--connections={CLIENTS}"),
        *(f"--duration={seconds}s", "--timeout=10s"),
        *("--header", f"Host: {page.host}:{online.port}"),
        *("--header", "Accept-Encoding: gzip"),
        f"https://127.0.0.1:{online.port}{page.path}",
    ]
    log = online.var / "nginx" / "access.log"
    begin = log.stat().st_size
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    [asked] = re.findall(r"(\d+) requests in", said)
    [rate] = re.findall(r"Requests/sec:\s+([\d.]+)", said)
    errors = re.findall(r"Socket errors: (.*)", said)
    answers = _logged(log, begin, at_least=int(asked))
    pages = sum(n for (status, _), n in answers.items() if status in (200, LEFT))
    lost = max(0, int(asked) - answers.total())
    failures = answers.total() - pages + lost
    failures += sum(map(int, re.findall(r"\d+", "".join(errors))))
    return float(rate) * answers[GOOD] / max(1, answers.total()), failures


def _logged(log: Path, begin: int, *, at_least: int) -> Counter[tuple[int, str]]:
    """Count what nginx answered since its log was so long: by status, kept or not."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with log.open("rb") as lines:
            lines.seek(begin)
            found = map(LINE.search, lines)
            seen = Counter((int(one[1]), one[2].decode()) for one in found if one)
        if seen.total() >= at_least or time.monotonic() > deadline:
            return seen
        time.sleep(0.5)


def _changes(
    online: deployment.Deployment, shop: Ground, *, times: int
) -> Iterator[Verdict]:
    """Change a product's title; judge after how long the pages it stands on say so."""
    card = _card_at_home(online, shop)
    pages = _pages_of(shop, card)
    kept, waits = 0, {page.name: 0.0 for page in pages}
    for number in range(times):
        kept += sum(_is_kept(online, page) for page in pages)
        words = f"changed for the {number + 1}. time"
        _rename(shop, card, words)
        pages = [replace(page, words=words) for page in pages]
        for name, wait in _waits(online, pages).items():
            waits[name] = max(waits[name], wait)
    wanted = times * len(pages)
    yield verdicts.exactly("nginx: kept before a change", kept, "pages", wanted)
    for name, wait in waits.items():
        yield verdicts.at_most(f"nginx: a change is seen, {name}", wait, "s", SOON)


def _card_at_home(online: deployment.Deployment, shop: Ground) -> ProductCard:
    """Return the card of a product that stands on the shop's front page."""
    home = _ask(online, Page("home", shop.host, "/", "")).text
    with context.inside(shop.shop):
        cards = list(ProductCard.objects.order_by("pk"))
    connections.close_all()
    return next(card for card in cards if f'"{card.url}"' in home)


def _pages_of(shop: Ground, card: ProductCard) -> list[Page]:
    """Return the pages on which a product stands."""
    with context.inside(shop.shop):
        aisle = Category.objects.get(pk=card.category_ids[0]).get_absolute_url()
    connections.close_all()
    paths = {
        "product": card.url,
        "home": "/",
        "category": aisle,
        "search": _search(card.title),
    }
    title = escape(card.title)
    return [Page(name, shop.host, path, title) for name, path in paths.items()]


def _rename(shop: Ground, card: ProductCard, words: str) -> None:
    """Give a product the title it had when its card was read, and words behind it."""
    with context.inside(shop.shop):
        product = card.product
        product.title = f"{card.title} {words}"
        product.save()
    connections.close_all()


def _waits(online: deployment.Deployment, pages: Sequence[Page]) -> dict[str, float]:
    """Return how many seconds go by until each of the pages has its words."""
    began = time.perf_counter()
    waits: dict[str, float] = {}
    while len(waits) < len(pages):
        for page in pages:
            if page.name in waits:
                continue
            is_there = page.words in _ask(online, page).text
            waited = time.perf_counter() - began
            if is_there or waited > 10 * SOON:
                waits[page.name] = waited
        time.sleep(0.02)
    return waits


def _ask(online: deployment.Deployment, page: Page) -> Answer:
    connection = http.client.HTTPSConnection("127.0.0.1", online.port, context=TLS)
    headers = {"Host": f"{page.host}:{online.port}", "Accept-Encoding": "gzip"}
    try:
        connection.request("GET", page.path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    text = body.decode(errors="replace")
    return Answer(answer.status, answer.headers.get("X-Cache", ""), text)
