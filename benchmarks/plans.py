"""How PostgreSQL answers the questions that pages ask most, in a shop with a past.

9,000 products, 20,000 orders and their messages. Each question is asked by the
product's own code; what it says to the database is explained and judged: how many rows
its scans look at, whatever their kind, and how many of them one by one in a whole
table. `python -m benchmarks.plans` writes the statements with their plans to
docs/plans.md.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
import sqlparse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from support import verdicts  # noqa: E402
from support.verdicts import Verdict  # noqa: E402

from benchmarks import past  # noqa: E402
from benchmarks.kit import ground  # noqa: E402
from kernel import clock  # noqa: E402
from notifications.models import Message  # noqa: E402
from pickup import board  # noqa: E402
from storefront import fulfilment  # noqa: E402
from storefront.cards.models import ProductCard  # noqa: E402
from storefront.commerce import pricing  # noqa: E402
from storefront.oscar_apps.basket.models import Basket  # noqa: E402
from storefront.oscar_apps.order.models import Order  # noqa: E402
from storefront.oscar_apps.partner.strategy import Shelf  # noqa: E402
from tenants import context  # noqa: E402

#: Rows that may be read one by one: the size of a table that does not grow.
FEW = 1000
#: Rows that may be read by all scans. A page of a category counts its goods and walks
#: the shop's order of goods until the page is full: some multiple of what it shows,
#: and no more than a tenth of the orders there are.
MOST = 2000
#: Asked seldom, and of every name on purpose (`CardQuerySet.resembling`).
SLIP = "search with a slip of the fingers"
#: Its pages are numbered, so all goods are counted: in an index, once in an edition.
EVERYTHING = "all goods"
SEQUENTIAL = "Seq Scan"
#: What reads a table's rows; a bitmap's index scan finds those its heap scan reads.
SCANS = frozenset(
    {
        SEQUENTIAL,
        "Index Scan",
        "Index Only Scan",
        "Bitmap Heap Scan",
        "Tid Scan",
        "Tid Range Scan",
        "Sample Scan",
    }
)
#: Rows that a scan read and threw away, each time it ran.
REMOVED = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, FORMAT {})"
PAGE = Path(__file__).resolve().parents[1] / "docs" / "plans.md"

INTRODUCTION = """# How the database answers

What pages ask in a shop with {products:,} products and {orders:,} orders, with the plans
PostgreSQL makes, written by `python -m benchmarks.plans`. Rows read are those that scans
looked at, of whatever kind and as often as they ran, with those a filter or a recheck threw
away; rows scanned are those of them that were read one by one in a whole table. `make bench`
judges that a question scans no more than {few:,} rows and reads no more than {most:,}. Two read
all goods on purpose: a search with a slip of the fingers compares every name, and the page of
all goods counts them, in an index, to number its pages. A page of a category reads more
than it shows because it counts the category's goods and walks the shop's order of goods
until it is full. A statement that several pages ask stands under the first.
"""

Question = tuple[str, Callable[[], Any]]


@dataclass(frozen=True)
class Answer:
    """A statement, how it was answered, and what that cost."""

    question: str
    sql: str
    plan: str
    milliseconds: float
    #: Rows that all scans looked at, and those of them that sequential scans did.
    read: int
    scanned: int


def measure(*, small: bool) -> Iterator[Verdict]:
    """Judge every statement of every question."""
    products, orders = (110, 50) if small else (9000, 20_000)
    with ground.market(products=products) as shop:
        answers = list(_answers(shop, orders=orders))
    for question in dict.fromkeys(answer.question for answer in answers):
        own = [answer for answer in answers if answer.question == question]
        spent = sum(answer.milliseconds for answer in own)
        name = f"plan of {question}"
        for word, rows, limit, free in (
            ("scanned", sum(answer.scanned for answer in own), FEW, {SLIP}),
            ("read", sum(answer.read for answer in own), MOST, {SLIP, EVERYTHING}),
        ):
            words = f"{name}: rows {word}"
            if question in free:
                yield verdicts.told(words, rows, "rows")
            else:
                yield verdicts.at_most(words, rows, "rows", limit)
        yield verdicts.told(f"{name}: {len(own)} statements", spent, "ms")


CHECKS = [verdicts.Check("plans", measure)]


def _answers(shop: ground.Ground, *, orders: int) -> Iterator[Answer]:
    with context.inside(shop.shop):
        past.live_through(shop, orders=orders)
    ground.analyse(shop.shop.schema_name)
    # Nothing is kept from one visit to the next: neither pages nor parts of them.
    with override_settings(QUICKCART_PAGE_CACHE=False, QUICKCART_EDITIONS=False):
        for name, ask in _questions(shop):
            ask()  # what is asked once in a process is asked now
            for is_public, sql in _statements(ask):
                place = context.in_public() if is_public else context.inside(shop.shop)
                with place:
                    yield _explained(name, sql)


def _questions(shop: ground.Ground) -> list[Question]:
    client, now = Client(headers={"host": shop.host}), clock.now()
    with context.inside(shop.shop):
        card = ProductCard.objects.order_by("pk")[50]
        aisle = ground.biggest_category(shop.shop).get_absolute_url()
        order = Order.objects.order_by("pk").first()
        basket = Basket.open.order_by("-pk").first()

    def get(path: str) -> Callable[[], Any]:
        return lambda: client.get(path)

    def inside(ask: Callable[[], Any]) -> Callable[[], Any]:
        def asked() -> None:
            with context.inside(shop.shop), transaction.atomic():
                ask()

        return asked

    def quote() -> None:
        basket.reset_offer_applications()
        basket.strategy = Shelf()
        pricing.quote(basket)

    zone = shop.shop.zone
    due = Message.objects.due(now).order_by("next_attempt_at", "pk")
    return [
        ("home", get("/")),
        (EVERYTHING, get("/shop/")),
        ("category", get(aisle)),
        ("category, third page", get(f"{aisle}?page=3")),
        ("category, for a diet and in stock", get(f"{aisle}?diet=vegan&stock=in")),
        ("search", get("/shop/search/?q=bread")),
        (SLIP, get("/shop/search/?q=brwon+loaf")),
        ("product", get(card.url)),
        ("basket", inside(quote)),
        (
            "slots",
            inside(lambda: list(fulfilment.provider().days(basket=basket, now=now))),
        ),
        ("order page", get(f"/orders/{order.public_reference}/")),
        (
            "board",
            inside(
                lambda: board.columns(
                    days=board.Days.TODAY, state=None, zone=zone, now=now
                )
            ),
        ),
        ("board's counts", inside(lambda: board.counts(zone=zone, now=now))),
        (
            "outbox due",
            inside(lambda: due.select_for_update(skip_locked=True).first()),
        ),
    ]


def _statements(ask: Callable[[], Any]) -> Sequence[tuple[bool, str]]:
    """Return what is read, values filled in, and whether from the public schema."""
    asked: list[tuple[bool, str]] = []

    def note(execute: Any, sql: str, values: Any, many: bool, told: Any) -> Any:
        result = execute(sql, values, many, told)
        asked.append((context.is_public(), told["cursor"].query.decode()))
        return result

    with connection.execute_wrapper(note):
        ask()
    return [each for each in asked if each[1].lstrip().startswith(("SELECT", "WITH"))]


def _explained(question: str, sql: str) -> Answer:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.replace("%", "%%"), [])  # its rows are in memory now
        [[told]] = _lines(cursor, sql, form="JSON")
        [facts] = told if isinstance(told, list) else json.loads(told)
        return Answer(
            question=question,
            sql=sql,
            plan="\n".join(line for (line,) in _lines(cursor, sql, form="TEXT")),
            milliseconds=facts["Planning Time"] + facts["Execution Time"],
            read=rows_read(facts["Plan"]),
            scanned=rows_read(facts["Plan"], nodes={SEQUENTIAL}),
        )


def _lines(cursor: Any, sql: str, *, form: str) -> list[tuple[Any]]:
    cursor.execute(f"{EXPLAIN.format(form)} {sql}".replace("%", "%%"), [])
    return list(cursor.fetchall())


def rows_read(plan: dict[str, Any], *, nodes: Set[str] = SCANS) -> int:
    """Return how many rows the scans of a plan looked at."""
    here = 0
    if plan["Node Type"] in nodes:
        rows = plan["Actual Rows"] + sum(plan.get(lost, 0) for lost in REMOVED)
        here = round(rows * plan["Actual Loops"])
    return here + sum(rows_read(each, nodes=nodes) for each in plan.get("Plans", []))


def write(*, products: int, orders: int) -> None:
    """Write every statement with its plan to docs/plans.md, each once."""
    seen: set[str] = set()
    sizes = {"products": products, "orders": orders, "few": FEW, "most": MOST}
    parts = [INTRODUCTION.format(**sizes)]
    with ground.market(products=products) as shop:
        for answer in _answers(shop, orders=orders):
            if answer.sql in seen:
                continue
            seen.add(answer.sql)
            spent = f"{answer.milliseconds:.1f} ms"
            sql = sqlparse.format(answer.sql, reindent=True, wrap_after=80)
            parts.append(
                f"## {answer.question}\n\n{spent}, {answer.read} rows read, "
                f"{answer.scanned} of them scanned\n\n"
                f"```sql\n{sql}\n```\n\n```\n{answer.plan}\n```\n"
            )
    PAGE.write_text("\n".join(parts))


if __name__ == "__main__":
    write(products=9000, orders=20_000)
