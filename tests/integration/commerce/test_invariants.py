"""The query that must find nothing finds what is broken."""

import pytest
from django.db import connection
from factories import selling

from pickup import invariants as seats
from storefront.commerce import invariants

BROKEN = {
    "more is promised than there is": """
        ALTER TABLE partner_stockrecord DROP CONSTRAINT stock_allocated_within_stock;
        UPDATE partner_stockrecord SET num_in_stock = 0""",
    "lines promise other than their stock record": """
        UPDATE partner_stockrecord SET num_allocated = 0""",
    "two orders have one number": """
        ALTER TABLE order_order DROP CONSTRAINT order_order_number_key;
        UPDATE order_order SET number = 'ALDER-000001'""",
    "an order has no line": """
        DELETE FROM order_lineprice; DELETE FROM order_line""",
    "lines do not add up to their order": """
        UPDATE order_order SET total_incl_tax = 1""",
    "an order was never announced": """
        DELETE FROM notifications_outbox WHERE kind = 'card_stock'""",
    "the log does not end where the order stands": """
        UPDATE order_order SET status = 'ready'""",
    "a submitted basket has no order": """
        INSERT INTO basket_basket (status, date_created) VALUES ('Submitted', now())""",
    "an order has no basket": "UPDATE order_order SET basket_id = NULL",
    "an ordered basket is open": "UPDATE basket_basket SET status = 'Open'",
    "a slot is booked beyond its room": """
        ALTER TABLE pickup_slot DROP CONSTRAINT slot_booked_within_room;
        UPDATE pickup_slot SET capacity = 0""",
    "a slot counts other seats than are booked": """
        UPDATE pickup_slot SET booked = 0""",
    "an order has no seat": "DELETE FROM pickup_booking",
    "a cancelled order keeps its seat": """
        UPDATE order_order SET status = 'cancelled'""",
}


@pytest.fixture
def two_orders(shop):
    product = selling.a_product(stock=10)
    for _order in range(2):
        selling.an_order((product, 1))
    # What waits for the end of the transaction is checked now.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_sound_books_break_no_rule(two_orders):
    assert invariants.breaches(seats.RULES) == []


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_named(two_orders, rule):
    with connection.cursor() as cursor:
        cursor.execute(BROKEN[rule])

    assert rule in {breach.rule for breach in invariants.breaches(seats.RULES)}
