"""Promising goods, giving them back, handing them out.

Oscar allocates without a condition, and so oversells. Here each change is one
statement that takes the rows in the order of their keys (two baskets with the
same goods cannot wait for each other) and checks on the row as it is then.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from storefront.commerce import pricing

# A row that another transaction changed meanwhile is read anew before the
# condition is judged: https://www.postgresql.org/docs/18/transaction-iso.html
ALLOCATE_ONE = """
UPDATE partner_stockrecord
SET num_allocated = coalesce(num_allocated, 0) + %(quantity)s,
    date_updated = %(now)s
WHERE id = %(id)s AND num_in_stock - coalesce(num_allocated, 0) >= %(quantity)s
RETURNING id
"""

ALLOCATE_MANY = """
WITH wanted AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(quantities)s::int[]) AS w (id, quantity)
), locked AS MATERIALIZED (
    SELECT s.id FROM partner_stockrecord s JOIN wanted USING (id)
    ORDER BY s.id FOR NO KEY UPDATE OF s
)
UPDATE partner_stockrecord s
SET num_allocated = coalesce(s.num_allocated, 0) + wanted.quantity,
    date_updated = %(now)s
FROM locked JOIN wanted USING (id)
WHERE s.id = locked.id
  AND s.num_in_stock - coalesce(s.num_allocated, 0) >= wanted.quantity
RETURNING s.id
"""

LEFT = """
SELECT id, greatest(0, coalesce(num_in_stock, 0) - coalesce(num_allocated, 0))
FROM partner_stockrecord WHERE id = ANY(%(ids)s)
"""

# Reads what the order has been promised and not been given yet, and ends it.
SETTLE = """
WITH promised AS (
    SELECT stockrecord_id AS id, sum(num_allocated) AS quantity
    FROM order_line
    WHERE order_id = %(order)s AND num_allocated > 0 AND stockrecord_id IS NOT NULL
    GROUP BY stockrecord_id
), locked AS MATERIALIZED (
    SELECT s.id FROM partner_stockrecord s JOIN promised USING (id)
    ORDER BY s.id FOR NO KEY UPDATE OF s
), ended AS (
    UPDATE order_line
    SET num_allocated = 0, allocation_cancelled = NOT %(is_handed_out)s
    WHERE order_id = %(order)s
)
UPDATE partner_stockrecord s
SET num_allocated = s.num_allocated - promised.quantity,
    num_in_stock = s.num_in_stock
        - CASE WHEN %(is_handed_out)s THEN promised.quantity ELSE 0 END,
    date_updated = %(now)s
FROM locked JOIN promised USING (id)
WHERE s.id = locked.id
RETURNING s.product_id
"""


def allocate(quote: pricing.Quote, *, now: datetime) -> None:
    """Promise a basket's goods to its order, all of them or none.

    Call it in the order's transaction, late: the rows stay locked until its end.

    Raises:
        OutOfStock: less is left than wanted; the transaction must be rolled back.
    """
    wanted: Counter[int] = Counter()
    for line in quote.lines:
        if line.is_stock_counted:
            wanted[line.line.stockrecord_id] += line.quantity
    if not wanted:
        return
    given = _allocate(wanted, now=now)
    if given == wanted.keys():
        return
    rows = _fetch(LEFT, {"ids": list(wanted.keys() - given)})
    left = dict(rows)
    raise pricing.OutOfStock(
        lines=[
            {
                "product_id": line.product_id,
                "title": line.title,
                "wanted": line.quantity,
                "left": left.get(line.line.stockrecord_id, 0),
            }
            for line in quote.lines
            if line.is_stock_counted and line.line.stockrecord_id not in given
        ]
    )


def give_back(*, order_id: int, now: datetime) -> list[int]:
    """End an order's promises; return the products of which there is more again.

    The order's row must be locked.
    """
    return _settle(order_id=order_id, is_handed_out=False, now=now)


def hand_out(*, order_id: int, now: datetime) -> list[int]:
    """Take what an order was promised off the shelf; return its products.

    The order's row must be locked.
    """
    return _settle(order_id=order_id, is_handed_out=True, now=now)


def _allocate(wanted: Mapping[int, int], *, now: datetime) -> set[int]:
    """Return the stock records that had enough."""
    if len(wanted) == 1:
        [(record_id, quantity)] = wanted.items()
        parameters = {"id": record_id, "quantity": quantity, "now": now}
        return {row[0] for row in _fetch(ALLOCATE_ONE, parameters)}
    ids = sorted(wanted)
    quantities = [wanted[record_id] for record_id in ids]
    parameters = {"ids": ids, "quantities": quantities, "now": now}
    return {row[0] for row in _fetch(ALLOCATE_MANY, parameters)}


def _settle(*, order_id: int, is_handed_out: bool, now: datetime) -> list[int]:
    parameters = {"order": order_id, "is_handed_out": is_handed_out, "now": now}
    return [row[0] for row in _fetch(SETTLE, parameters)]


def _fetch(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
