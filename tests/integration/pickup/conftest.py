import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

#: A Monday, 09:00 in Dublin; windows of a new shop: Mo-Fr 10:00-18:00.
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TEN = "2026-11-23T10:00:00Z"
HALF_PAST_TEN = "2026-11-23T10:30:00Z"

_numbers = itertools.count(1)


def make_basket():
    from storefront.oscar_apps.basket.models import Basket

    return Basket.objects.create()


def make_order(*, now=NOW, **fields):
    """Write an order as if it had been placed; it has no lines and no seat."""
    from storefront.oscar_apps.order.models import Order

    number = next(_numbers)
    return Order.objects.create(
        **{
            "number": f"AL-{number:05}",
            "currency": "EUR",
            "total_incl_tax": Decimal("12.50"),
            "total_excl_tax": Decimal("12.50"),
            "shipping_incl_tax": 0,
            "shipping_excl_tax": 0,
            "status": "placed",
            "date_placed": now,
            "status_changed_at": now,
            "customer_name": "Ana Byrne",
            "guest_email": "ana@example.com",
            "payment_method": "pay_at_pickup",
            "collect_from": now + timedelta(hours=1),
            "collect_until": now + timedelta(hours=1, minutes=30),
            "estimated_ready_at": now + timedelta(hours=1),
            **fields,
        }
    )


@pytest.fixture
def pickup():
    from pickup.services import Pickup

    return Pickup()


@pytest.fixture
def rules(shop):
    """The pickup settings of the shop in force: one hour's notice, two seats."""
    from pickup.models import PickupSettings

    settings = PickupSettings.objects.get()
    settings.capacity = 2
    settings.save()
    return settings
