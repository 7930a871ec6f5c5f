import itertools
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

REFERENCE = "0123456789abcdef"

_numbers = itertools.count(1)


def make_order(*, status="placed", reference=REFERENCE, **fields):
    """Write an order with one line, in the shop in force, to collect in a day."""
    from storefront.oscar_apps.order.models import Order, OrderStatusChange

    now = fields.pop("now", None) or timezone.now()
    order = Order.objects.create(
        **{
            "number": f"AL-{next(_numbers):06}",
            "public_reference": reference,
            "currency": "EUR",
            "total_incl_tax": Decimal("12.50"),
            "total_excl_tax": Decimal("12.50"),
            "shipping_incl_tax": 0,
            "shipping_excl_tax": 0,
            "status": status,
            "date_placed": now,
            "status_changed_at": now,
            "customer_name": "Ana Byrne",
            "guest_email": "ana@example.com",
            "payment_method": "pay_at_pickup",
            "collect_from": now + timedelta(days=1),
            "collect_until": now + timedelta(days=1, minutes=30),
            "estimated_ready_at": now + timedelta(days=1),
            **fields,
        }
    )
    order.lines.create(
        title="Oat <flakes> & co",
        partner_sku="OATS",
        quantity=2,
        line_price_incl_tax=Decimal("12.50"),
        line_price_excl_tax=Decimal("12.50"),
        line_price_before_discounts_incl_tax=Decimal("12.50"),
        line_price_before_discounts_excl_tax=Decimal("12.50"),
        num_allocated=0,
    )
    OrderStatusChange.objects.create(
        order=order,
        old_status="",
        new_status=status,
        date_created=now,
        actor_name="Ana Byrne",
    )
    return order


@pytest.fixture
def get(client, shop):
    """Ask alder for a path, as anybody would."""

    def ask(path, **options):
        return client.get(path, headers={"host": "alder.localhost"}, **options)

    return ask
