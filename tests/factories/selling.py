"""Goods, baskets and buyers, made in the shop in force."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from storefront import fulfilment
from storefront.commerce import orders, pricing
from storefront.oscar_apps.basket.models import Basket, Line
from storefront.oscar_apps.catalogue.models import Product, ProductClass
from storefront.oscar_apps.order.models import Order
from storefront.oscar_apps.partner.models import Partner, StockRecord
from storefront.oscar_apps.partner.strategy import Shelf
from tenants import context

#: A Monday morning on which the test shops are open.
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)

_serial = itertools.count(1)


def a_product(
    *,
    title: str = "Apples",
    price: str = "2.50",
    stock: int | None = 10,
    tax_rate: str = "0",
    **traits: Any,
) -> Product:
    """Return a product with its stock record."""
    kind, _is_new = ProductClass.objects.get_or_create(
        name="Groceries", defaults={"requires_shipping": False, "track_stock": True}
    )
    partner, _is_new = Partner.objects.get_or_create(name="The shop")
    product = Product.objects.create(
        title=title, product_class=kind, tax_rate=Decimal(tax_rate), **traits
    )
    StockRecord.objects.create(
        product=product,
        partner=partner,
        partner_sku=f"sku-{next(_serial)}-{product.pk}",
        price_currency=context.current_shop().currency,
        price=Decimal(price),
        num_in_stock=stock,
    )
    return product


def a_basket(*wanted: tuple[Product, int], owner: Any = None) -> Basket:
    """Return a saved basket with so many of each product in it."""
    basket = Basket.objects.create(owner=owner)
    basket.strategy = Shelf()
    Line.objects.bulk_create(
        Line(
            basket=basket,
            product=product,
            stockrecord=record,
            line_reference=f"{product.pk}_{record.pk}",
            quantity=quantity,
            price_currency=record.price_currency,
            price_incl_tax=record.price,
            price_excl_tax=record.price,
        )
        for product, quantity in wanted
        for record in product.stockrecords.all()
    )
    return basket


def free_slot(*, now: datetime = NOW) -> str:
    """Return the value of the earliest slot with room."""
    for day in fulfilment.provider().days(basket=None, now=now):
        for slot in day.slots:
            if slot.left:
                return slot.value
    message = "No slot is free."
    raise AssertionError(message)


CONTACT = orders.Contact(name="Ana Byrne", email="ana@example.com", phone="")


def a_wish(basket: Basket, **changes: Any) -> dict[str, Any]:
    """Return the arguments of `orders.place`, as the form would send them."""
    wish = {
        "basket": basket,
        "contact": CONTACT,
        "user": None,
        "payment_method": "pay_at_pickup",
        "note": "",
        "key": uuid.uuid4(),
        "now": NOW,
        **changes,
    }
    if "agreed" not in wish:
        wish["agreed"] = pricing.quote(basket).agreed()
    if "slot" not in wish:
        wish["slot"] = free_slot(now=wish["now"])
    return wish


def an_order(*wanted: tuple[Product, int], **changes: Any) -> Order:
    """Return an order placed as customers place them."""
    goods = wanted or ((a_product(), 1),)
    return orders.place(**a_wish(a_basket(*goods), **changes))


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)
