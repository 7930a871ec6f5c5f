"""The checkout's form, filled in, for tests of ordering."""

import re
from typing import Any

from django.http import HttpResponse
from factories import selling

from storefront import fulfilment
from storefront.oscar_apps.order.models import Order
from tenants import context
from tenants.models import Shop


def slots_of(shop: Shop) -> list[str]:
    with context.inside(shop):
        days = fulfilment.provider().days(basket=None, now=selling.NOW)
        return [slot.value for day in days for slot in day.slots]


def filled(page: HttpResponse, **changes: Any) -> dict[str, Any]:
    """Return the form of a page, filled in."""
    slots = re.findall(r'name="slot" value="([^"]+)"', page.content.decode())
    agreement = re.search(r'name="agreement" value="([^"]+)"', page.content.decode())
    return {
        "name": "Ana Byrne",
        "email": "ana@example.com",
        "phone": "",
        "slot": slots[3] if slots else "",
        "note": "",
        "payment_method": "pay_at_pickup",
        "agreement": agreement.group(1) if agreement else "",
        **changes,
    }


def all_orders(shop: Shop) -> list[Order]:
    with context.inside(shop):
        return list(Order.objects.order_by("pk"))
