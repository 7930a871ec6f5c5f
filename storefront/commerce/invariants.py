"""What must be true of a shop's books at any moment: one query that finds nothing.

Run by tests after races and faults, and by whoever wants to know.
"""

from dataclasses import dataclass

from django.db import connection

RULES = """
SELECT 'more is promised than there is', id::text
FROM partner_stockrecord WHERE coalesce(num_allocated, 0) > coalesce(num_in_stock, 0)
UNION ALL
SELECT 'lines promise other than their stock record', s.id::text
FROM partner_stockrecord s LEFT JOIN (
    SELECT stockrecord_id, sum(num_allocated) AS quantity
    FROM order_line GROUP BY stockrecord_id
) p ON p.stockrecord_id = s.id
WHERE coalesce(s.num_allocated, 0) <> coalesce(p.quantity, 0)
UNION ALL
SELECT 'an ended order still has a promise', o.number
FROM order_order o JOIN order_line l ON l.order_id = o.id
WHERE o.status IN ('collected', 'cancelled') AND l.num_allocated > 0
UNION ALL
SELECT 'two orders have one number', number
FROM order_order GROUP BY number HAVING count(*) > 1
UNION ALL
SELECT 'an order has no line', o.number
FROM order_order o WHERE NOT EXISTS (SELECT FROM order_line l WHERE l.order_id = o.id)
UNION ALL
SELECT 'lines do not add up to their order', o.number
FROM order_order o JOIN order_line l ON l.order_id = o.id
GROUP BY o.id, o.number, o.total_incl_tax
HAVING sum(l.line_price_incl_tax) <> o.total_incl_tax
UNION ALL
SELECT 'an order was never announced', o.number
FROM order_order o JOIN order_orderstatuschange c
  ON c.order_id = o.id AND c.old_status = ''
CROSS JOIN LATERAL (
    VALUES ('order_mail:' || o.id || ':confirmation'), ('live:board:' || c.id)
    UNION ALL
    SELECT 'card_stock:' || c.id FROM order_line l
    WHERE l.order_id = o.id AND l.num_allocated > 0
) expected (dedupe_key)
WHERE NOT EXISTS (
    SELECT FROM notifications_outbox m WHERE m.dedupe_key = expected.dedupe_key
) AND o.date_placed > coalesce(
    -- Older messages are pruned.
    (SELECT max(created_at) - interval '29 days' FROM notifications_outbox),
    '-infinity'
)
UNION ALL
SELECT 'the log does not end where the order stands', o.number
FROM order_order o WHERE o.status IS DISTINCT FROM (
    SELECT c.new_status FROM order_orderstatuschange c
    WHERE c.order_id = o.id ORDER BY c.id DESC LIMIT 1
)
UNION ALL
SELECT 'a submitted basket has no order', b.id::text
FROM basket_basket b
WHERE b.status = 'Submitted'
  AND NOT EXISTS (SELECT FROM order_order o WHERE o.basket_id = b.id)
UNION ALL
SELECT 'an order has no basket', number
FROM order_order WHERE basket_id IS NULL
UNION ALL
SELECT 'an ordered basket is open', o.number
FROM order_order o JOIN basket_basket b ON b.id = o.basket_id
WHERE b.status <> 'Submitted'
UNION ALL
SELECT 'a checkout attempt has no order', key::text
FROM commerce_checkoutattempt WHERE order_id IS NULL
UNION ALL
SELECT 'a collected order is not paid', o.number
FROM order_order o JOIN payment_source s ON s.order_id = o.id
WHERE o.status = 'collected' AND s.amount_debited <> o.total_incl_tax
"""


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that does not hold, and where."""

    rule: str
    where: str


def breaches(*more: str) -> list[Breach]:
    """Return every rule the shop in force breaks; none in a sound shop.

    Args:
        more: rules of other apps, written as RULES are.
    """
    with connection.cursor() as cursor:
        cursor.execute("UNION ALL".join((RULES, *more)))
        return [Breach(rule, where) for rule, where in cursor.fetchall()]
