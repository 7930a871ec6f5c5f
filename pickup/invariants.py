"""What must be true of a shop's seats at any moment: one query that finds nothing.

The shape is that of `storefront.commerce.invariants`, for whoever asks both at once.
"""

RULES = """
SELECT 'a slot is booked beyond its room', id::text
FROM pickup_slot WHERE booked > capacity
UNION ALL
SELECT 'a slot counts other seats than are booked', s.id::text
FROM pickup_slot s WHERE s.booked <> (
    SELECT count(*) FROM pickup_booking b
    WHERE b.slot_id = s.id AND b.released_at IS NULL
)
UNION ALL
SELECT 'an order has no seat', o.number
FROM order_order o WHERE o.status <> 'cancelled' AND NOT EXISTS (
    SELECT FROM pickup_booking b WHERE b.order_id = o.id AND b.released_at IS NULL
)
UNION ALL
SELECT 'a cancelled order keeps its seat', o.number
FROM order_order o JOIN pickup_booking b ON b.order_id = o.id
WHERE o.status = 'cancelled' AND b.released_at IS NULL
"""
