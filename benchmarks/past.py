"""A shop's past: orders that were collected and messages that were sent, long ago."""

from typing import Any

from django.db import connection

from benchmarks import placing
from benchmarks.kit.ground import Ground
from storefront.commerce import orders
from storefront.oscar_apps.order.models import Order
from storefront.oscar_apps.partner.models import StockRecord

#: Orders that are open today.
OPEN = 20


def live_through(shop: Ground, *, orders: int) -> None:
    """Place a few orders, then copy what they left, as if it were old.

    Call it inside the shop.
    """
    records = list(StockRecord.objects.order_by("pk").values_list("pk", flat=True))
    baskets = placing.fill_baskets(records[:OPEN], OPEN)
    placed = [_place(wish) for wish in placing.wishes_of(baskets)]
    placing.fill_baskets(records[:8], 1)  # one is left open
    _copy(
        "order_order",
        f"source.id = {placed[0].pk}",
        times=orders,
        number="'OLD-' || n",
        public_reference="'old-' || n",
        basket_id="NULL",
        status="'collected'",
        date_placed="source.date_placed - n * interval '10 minutes'",
        collect_from="source.collect_from - n * interval '10 minutes'",
        collect_until="source.collect_until - n * interval '10 minutes'",
    )
    _copy(
        "order_line",
        f"source.order_id = {placed[0].pk}",
        times=orders,
        order_id="(SELECT id FROM order_order WHERE number = 'OLD-' || n)",
    )
    _copy(
        "notifications_outbox",
        "source.id = (SELECT min(id) FROM notifications_outbox)",
        times=orders * 2,
        dedupe_key="'old-' || n",
        state="'done'",
        done_at="source.created_at",
    )


def _place(wish: dict[str, Any]) -> Order:
    return orders.place(**wish)


def _copy(table: str, source: str, *, times: int, **changes: str) -> None:
    """Write copies of a row, numbered `n`, with some columns changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = %s AND table_name = %s AND column_name <> 'id'"
            " AND is_generated = 'NEVER'",
            [connection.schema_name, table],
        )
        columns = [name for (name,) in cursor.fetchall()]
        unknown = set(changes) - set(columns)
        if unknown:
            raise ValueError(f"{table} has no {', '.join(unknown)}.")
        values = ", ".join(changes.get(name, f'source."{name}"') for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values}"
            f" FROM {table} source, generate_series(1, {times}) n WHERE {source}"
        )
