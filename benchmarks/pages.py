"""Pages: queries, CPU and throughput, beside plain views and Oscar's own pages.

The same server with the same flags throughout. What is not anybody's own (home,
category, product, search, the hub) is asked as a new visitor asks for it; basket,
checkout, an order and a signed-in home belong to somebody. A figure's name says what
was kept when its page was asked for:

- "not kept, its parts kept": no whole page is kept (`QUICKCART_PAGE_CACHE=off`), but the
  process has drawn the page before and keeps its parts: the frame, the shelves, the
  drawings of cards, lines, days. So some of these pages ask the database nothing.
- "first after a change": the shop's edition has a new name, so the edition's parts are
  drawn anew, and so is the page. What is kept under its own values (the drawing of a
  card) still is, as it is for all the goods that a change leaves alone.
- "kept": the whole page is.

The two views to compare with keep nothing in any of them.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack

from django.conf import settings
from django.db import connection
from support import verdicts
from support.verdicts import Verdict

from benchmarks.kit import ground, machine, serving, shopping, targets
from benchmarks.kit.ground import Ground
from benchmarks.kit.serving import Server
from benchmarks.kit.targets import Cost, Target
from benchmarks.kit.visitor import Visitor
from benchmarks.oscar import ground as oscar_ground
from benchmarks.oscar.ground import Oscar
from quickcart.demo import people
from storefront.cards.models import ProductCard
from tenants import context

#: The setting that says whether whole pages are kept.
CACHE = "QUICKCART_PAGE_CACHE"
#: What is kept of a page when it is asked for.
PARTS, AFRESH, WHOLE = "not kept, its parts kept", "first after a change", "kept"
LINES = 8  # in the basket
WORD = "bread"

ANONYMOUS = ("hub", "home", "category", "product", "search")
OWN = ("basket", "checkout", "order", "signed-in home")
#: DESIGN's promises: so many queries, so many times the reference's CPU.
MOST_QUERIES, MOST_CPU = 5, 1.5
MOST_OWN_QUERIES, MOST_OWN_CPU = 12, 3.0
MOST_CACHED_CPU = 0.6
#: So many times the throughput of Oscar's page of the same kind.
LEAST_OF_OSCAR = {"home": 50, "category": 50, "product": 8, "search": 30}
#: More, and the clients would be measured.
MOST_SHARE = 0.7
HELLO, REFERENCE = BESIDE = "hello", "reference"
#: Pages that are asked for once after a change, and how often there is a change.
FIRST = ("home", "category", "product", "search")
CHANGES, SMALL_CHANGES = 20, 3


def measure(*, small: bool) -> Iterator[Verdict]:
    """Measure all pages in one run."""
    products, seconds, rounds = (110, 0.6, 1) if small else (500, 5.0, 3)
    with ExitStack() as stack:
        shop = stack.enter_context(ground.market(products=products))
        oscar = stack.enter_context(oscar_ground.shop(shop))
        stack.enter_context(machine.apart())

        with (
            served(shop, cache="off") as ours,
            _oscars(shop, oscar) as theirs,
        ):
            theirs_too = _oscar_targets(shop, oscar, theirs)
            chosen = [*of_ours(shop, ours), *theirs_too]
            plain = targets.measure(chosen, seconds=seconds, rounds=rounds)
            first = _first(shop, chosen, times=SMALL_CHANGES if small else CHANGES)
        with served(shop, cache="on") as ours:
            public = [
                each
                for each in of_ours(shop, ours)
                if each.name in {*ANONYMOUS, REFERENCE}
            ]
            kept = targets.measure(public, seconds=seconds, rounds=rounds)

    yield from _judged_plain(plain)
    yield from _judged_first(first, plain=plain)
    yield from _judged_kept(kept, oscars=plain)


CHECKS = [verdicts.Check("pages", measure)]


def served(shop: Ground, *, cache: str) -> AbstractContextManager[Server]:
    """Serve a ground's shops, with whole pages kept ("on") or not ("off")."""
    return serving.serving(var=shop.var, told=shop.environment(**{CACHE: cache}))


def _oscars(shop: Ground, oscar: Oscar) -> AbstractContextManager[Server]:
    return serving.serving(
        var=shop.var, told=oscar.told, application=oscar_ground.APPLICATION
    )


def of_ours(shop: Ground, server: Server) -> Iterator[Target]:
    """Yield a page of each kind; a guest's and a member's are made ready before."""
    category = ground.biggest_category(shop.shop)
    with context.inside(shop.shop):
        products = [card.url for card in ProductCard.objects.order_by("pk")[:20]]
        aisle = category.get_absolute_url()
    guest = _guest(shop, server, products)
    paths = {
        HELLO: ("/reference/hello/",),
        REFERENCE: ("/reference/five/",),
        "home": ("/",),
        "category": (aisle,),
        "product": tuple(products),
        "search": (f"/shop/search/?q={WORD}",),
    }
    for name, asked in paths.items():
        yield Target(name, server, shop.host, asked)
    yield Target("hub", server, "localhost", ("/",))
    yield Target("basket", server, shop.host, ("/basket/",), guest)
    yield Target("checkout", server, shop.host, ("/checkout/",), guest)
    yield Target("order", server, shop.host, (_ordered(shop, server, products[0]),))
    member = _signed_in(shop, server)
    yield Target("signed-in home", server, shop.host, ("/",), member)


def _guest(shop: Ground, server: Server, products: list[str]) -> dict[str, str]:
    visitor = Visitor(server.port, host=shop.host)
    shopping.fill(visitor, products[:LINES])
    visitor.close()
    return visitor.cookies


def _ordered(shop: Ground, server: Server, product: str) -> str:
    visitor = Visitor(server.port, host=shop.host)
    shopping.buy(visitor, product)
    visitor.close()
    return visitor.path


def _signed_in(shop: Ground, server: Server) -> dict[str, str]:
    visitor = Visitor(server.port, host=shop.host)
    address = "/account/login/"
    visitor.get(address).expect(200)
    form = visitor.form(address)
    form |= {"login": shop.data["customers"][0]["email"], "password": people.PASSWORD}
    visitor.post(address, form).expect(302)
    visitor.close()
    return visitor.cookies


def _first(shop: Ground, chosen: list[Target], *, times: int) -> dict[str, Cost]:
    """Measure pages that are the first of their shop's edition; the reference, too."""

    def begin() -> None:
        # What the triggers do when somebody changes anything that pages show.
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{shop.shop.schema_name}".editions_current'
                " SET name = gen_random_uuid()"
            )
        time.sleep(settings.QUICKCART_EDITION_SECONDS * 1.1)

    return {
        each.name: targets.measure_first(each, begin=begin, times=times)
        for each in chosen
        if each.name in {REFERENCE, *FIRST}
    }


def _oscar_targets(shop: Ground, oscar: Oscar, server: Server) -> Iterator[Target]:
    rows = "SELECT '/catalogue/' || slug || '_' || id || '/' FROM catalogue_product"
    products = [path for (path,) in oscar.execute(f"{rows} ORDER BY id LIMIT 20")]
    visitor = Visitor(server.port, host=oscar_ground.HOST)
    shopping.oscar_fill(visitor, products[:LINES])
    shopping.oscar_preview(visitor)
    visitor.close()
    buyer = Visitor(server.port, host=oscar_ground.HOST)
    shopping.oscar_buy(buyer, products[0])
    shopping.oscar_look_up(buyer)
    buyer.close()
    paths = {
        "home": ("/catalogue/",),
        "category": (_oscar_category(shop, oscar),),
        "product": tuple(products),
        "search": (f"/search/?q={WORD}",),
        "basket": ("/basket/",),
        "checkout": (shopping.OSCARS_PREVIEW,),
        "order": (buyer.path,),
    }
    known = {
        "basket": visitor.cookies,
        "checkout": visitor.cookies,
        "order": buyer.cookies,
    }
    for name, asked in paths.items():
        cookies = known.get(name, {})
        yield Target(_oscars_name(name), server, oscar_ground.HOST, asked, cookies)


def _oscar_category(shop: Ground, oscar: Oscar) -> str:
    """Return the address of the category that ours has, too."""
    name = ground.biggest_category(shop.shop).name.replace("'", "''")
    rows = f"SELECT slug, id FROM catalogue_category WHERE name = '{name}'"
    [(slug, key), *_same] = oscar.execute(f"{rows} ORDER BY depth")
    return f"/catalogue/category/{slug}_{key}/"


def _oscars_name(name: str) -> str:
    return f"Oscar's {name}"


def _judged_plain(costs: dict[str, Cost]) -> Iterator[Verdict]:
    reference = costs[REFERENCE]
    share = max(cost.clients_share for cost in costs.values())
    yield verdicts.at_most("clients' share of their core", share, "cores", MOST_SHARE)
    for name in (*BESIDE, *ANONYMOUS, *OWN):
        cost = costs[name]
        label = f"page {name}" if name in BESIDE else f"page {name}, {PARTS}"
        is_own = name in OWN
        queries = MOST_OWN_QUERIES if is_own else MOST_QUERIES
        share = MOST_OWN_CPU if is_own else MOST_CPU
        if name in BESIDE:
            yield verdicts.told(f"{label}: queries", cost.queries, "queries")
            yield verdicts.told(f"{label}: CPU", cost.cpu * 1000, "ms")
        else:
            yield verdicts.at_most(
                f"{label}: queries", cost.queries, "queries", queries
            )
            yield verdicts.at_most(
                f"{label}: CPU",
                cost.cpu * 1000,
                "ms",
                share,
                baseline=reference.cpu * 1000,
            )
        yield from _throughput(label, name, costs)


def _throughput(label: str, name: str, costs: dict[str, Cost]) -> Iterator[Verdict]:
    label = f"{label}: {targets.CLIENTS} clients"
    cost, oscars = costs[name], costs.get(_oscars_name(name))
    yield verdicts.told(
        f"{label}, beside hello", cost.rate, "pages/s", baseline=costs[HELLO].rate
    )
    if name not in BESIDE:
        yield verdicts.told(
            f"{label}, beside the reference",
            cost.rate,
            "pages/s",
            baseline=costs[REFERENCE].rate,
        )
    if oscars is None:
        return
    beside = f"{label}, beside Oscar's ({oscars.queries} queries)"
    if name in LEAST_OF_OSCAR:
        least = LEAST_OF_OSCAR[name]
        yield verdicts.at_least(
            beside, cost.rate, "pages/s", least, baseline=oscars.rate
        )
    else:
        yield verdicts.told(beside, cost.rate, "pages/s", baseline=oscars.rate)


def _judged_first(
    costs: dict[str, Cost], *, plain: dict[str, Cost]
) -> Iterator[Verdict]:
    for name in FIRST:
        cost, oscars = costs[name], plain[_oscars_name(name)]
        label = f"page {name}, {AFRESH}"
        yield verdicts.at_most(
            f"{label}: queries", cost.queries, "queries", MOST_QUERIES
        )
        for beside, cpu in (
            ("the reference", costs[REFERENCE].cpu),
            (f"Oscar's ({oscars.queries} queries)", oscars.cpu),
        ):
            words = f"{label}: CPU, beside {beside}"
            yield verdicts.told(words, cost.cpu * 1000, "ms", baseline=cpu * 1000)


def _judged_kept(
    costs: dict[str, Cost], *, oscars: dict[str, Cost]
) -> Iterator[Verdict]:
    reference = costs[REFERENCE]
    for name in ANONYMOUS:
        cost, label = costs[name], f"page {name}, {WHOLE}"
        yield verdicts.told(f"{label}: queries", cost.queries, "queries")
        yield verdicts.at_most(
            f"{label}: CPU",
            cost.cpu * 1000,
            "ms",
            MOST_CACHED_CPU,
            baseline=reference.cpu * 1000,
        )
        yield verdicts.told(
            f"{label}: {targets.CLIENTS} clients, beside the reference",
            cost.rate,
            "pages/s",
            baseline=reference.rate,
        )
        if theirs := oscars.get(_oscars_name(name)):
            yield verdicts.told(
                f"{label}: {targets.CLIENTS} clients, beside Oscar's",
                cost.rate,
                "pages/s",
                baseline=theirs.rate,
            )
