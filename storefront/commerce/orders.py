"""Placing an order: one service, one transaction.

Oscar's checkout sells what is not there and charges twice for a double click.
Here what is private to this order is written first (its key, its basket, its
rows), and what others want too is taken last, so that its rows are locked for
the shortest time: the stock, in the order of its keys, then the seat. Whatever
says no undoes all of it. No mail, HTTP or task call happens inside.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from kernel.refusal import Refusal
from storefront import fulfilment
from storefront.commerce import announcements, attempts, pricing, stock
from storefront.commerce.pricing import Agreed
from storefront.oscar_apps.basket.models import Basket
from storefront.oscar_apps.order.models import (
    Line,
    Order,
    OrderStatus,
    OrderStatusChange,
)
from storefront.payments import ledger, methods
from tenants import context

__all__ = ["Agreed", "AlreadyOrdered", "Contact", "EmptyBasket", "place"]

SUBMIT = """
UPDATE basket_basket SET status = %s, date_submitted = %s WHERE id = %s AND status = %s
"""

# What follows from an order and its lines; the key finds its order from here on.
FINISH = """
WITH prices AS (
    INSERT INTO order_lineprice (
        order_id, line_id, quantity, price_incl_tax, price_excl_tax,
        shipping_incl_tax, shipping_excl_tax, tax_code
    )
    SELECT order_id, id, quantity, unit_price_incl_tax, unit_price_excl_tax,
        0, 0, tax_code
    FROM order_line WHERE order_id = %(order)s ORDER BY id
), attempt AS (
    UPDATE commerce_checkoutattempt SET order_id = %(order)s WHERE key = %(key)s
)
INSERT INTO order_orderstatuschange (
    order_id, old_status, new_status, date_created, actor_id, actor_name, note
)
VALUES (%(order)s, '', %(status)s, %(now)s, %(actor)s, %(name)s, '')
RETURNING id
"""


class EmptyBasket(Refusal):
    """There is nothing to order."""

    code = "empty_basket"
    sentence = _("There is nothing in your basket.")


class AlreadyOrdered(Refusal):
    """The basket has become an order; `reference` names it for a link."""

    code = "already_ordered"
    sentence = _("This basket has been ordered already: number %(number)s.")


@dataclass(frozen=True, slots=True)
class Contact:
    """Who comes to collect."""

    name: str
    email: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the customer asked for, beside the goods."""

    contact: Contact
    user: User | None
    slot: str
    payment_method: str
    note: str

    def digest(self, *, basket_id: int, agreed: Agreed) -> str:
        return attempts.digest_of(
            {
                "basket": basket_id,
                "contact": asdict(self.contact),
                "slot": self.slot,
                "payment_method": self.payment_method,
                "note": self.note,
                "agreed": asdict(agreed),
            }
        )


def place(
    *,
    basket: Basket,
    contact: Contact,
    user: User | None,
    slot: str,
    payment_method: str,
    note: str = "",
    key: UUID,
    agreed: Agreed,
    now: datetime,
) -> Order:
    """Make an order of a basket, exactly once for a key.

    Args:
        basket: saved, with a strategy; its own row is locked and read again.
        slot: the value of a `fulfilment.SlotOffer`.
        key: the same key with the same request returns the same order.
        agreed: what the customer saw and agreed to.

    Raises:
        KeyReused: the key has made an order of another request.
        AlreadyOrdered, EmptyBasket: the basket is not one to order.
        PriceChanged: prices or goods are not as agreed.
        OutOfStock: less is left than wanted; says how much.
        NotOffered: the shop does not take that way of paying.
        Refusal: the slot cannot be had (`fulfilment.Fulfilment.reserve`).
    """
    wish = _Wish(contact, user, slot, payment_method, note)
    methods.gateway(payment_method)
    digest = wish.digest(basket_id=basket.pk, agreed=agreed)
    with transaction.atomic(durable=True):
        number = attempts.begin(key=key, digest=digest, now=now)
        if number is None:
            return _earlier(key=key, digest=digest)
        _submit(basket, now=now)
        quote = _check(basket, agreed=agreed)
        order = _write(basket, number=number, quote=quote, wish=wish, now=now)
        _finish(order, key=key, quote=quote, wish=wish, now=now)
        stock.allocate(quote, now=now)
        fulfilment.provider().reserve(slot, order=order, basket=basket, now=now)
    basket.status = Basket.SUBMITTED  # as its row is, now that it is committed
    return order


def answer(
    *,
    basket_id: int,
    contact: Contact,
    slot: str,
    payment_method: str,
    note: str,
    key: UUID,
    agreed: Agreed,
) -> Order | None:
    """Return the order this very request has made before, if it has.

    Raises:
        KeyReused: its key has made an order of another request.
    """
    wish = _Wish(contact, None, slot, payment_method, note)
    digest = wish.digest(basket_id=basket_id, agreed=agreed)
    return attempts.answer(key=key, digest=digest)


def of_basket(basket_id: int, *, begun: datetime) -> Order | None:
    """Return the order a basket that began then has become, if it has."""
    found = Order.objects.filter(basket_id=basket_id, basket__date_created=begun)
    order: Order | None = found.first()
    return order


def _earlier(*, key: UUID, digest: str) -> Order:
    order = attempts.answer(key=key, digest=digest)
    if order is None:
        # A key is committed only with its order.
        raise RuntimeError("A checkout attempt has no order.")
    return order


def _submit(basket: Basket, *, now: datetime) -> None:
    """Close an open basket; its row stays locked until the transaction ends.

    Raises:
        AlreadyOrdered: an order was made of it.
        EmptyBasket: it is open no more for another reason.
    """
    with connection.cursor() as cursor:
        cursor.execute(SUBMIT, [Basket.SUBMITTED, now, basket.pk, Basket.OPEN])
        is_mine = cursor.rowcount == 1
    if is_mine:
        basket.reset_offer_applications()  # forget the lines read before the lock
        return
    order = of_basket(basket.pk, begun=basket.date_created)
    if order is None:
        raise EmptyBasket
    raise AlreadyOrdered(number=order.number, reference=order.public_reference)


def _check(basket: Basket, *, agreed: Agreed) -> pricing.Quote:
    quote = pricing.quote(basket)
    if not quote.lines:
        raise EmptyBasket
    pricing.check_stock(quote)
    pricing.check_agreement(quote, agreed)
    return quote


def _write(
    basket: Basket, *, number: int, quote: pricing.Quote, wish: _Wish, now: datetime
) -> Order:
    """Write an order, its lines and what they are to bring."""
    order = _write_order(basket, number=number, quote=quote, wish=wish, now=now)
    Line.objects.bulk_create(_line(order, priced) for priced in quote.lines)
    ledger.expect(order=order, method=wish.payment_method)
    return order


def _finish(
    order: Order, *, key: UUID, quote: pricing.Quote, wish: _Wish, now: datetime
) -> None:
    """Write what follows from an order, and what it tells the world."""
    step = {
        "order": order.pk,
        "key": key,
        "status": OrderStatus.PLACED,
        "now": now,
        "actor": wish.user.pk if wish.user else None,
        "name": wish.contact.name,
    }
    with connection.cursor() as cursor:
        cursor.execute(FINISH, step)
        [change_id] = cursor.fetchone()
    change = OrderStatusChange(pk=change_id, order=order, new_status=order.status)
    counted = [line.product_id for line in quote.lines if line.is_stock_counted]
    announcements.announce_step(
        order=order, change=change, product_ids=counted, now=now
    )


def _write_order(
    basket: Basket, *, number: int, quote: pricing.Quote, wish: _Wish, now: datetime
) -> Order:
    seat = fulfilment.provider().quote(wish.slot, basket=basket, now=now)
    order: Order = Order.objects.create(
        number=f"{context.current_shop().order_prefix}-{number:06d}",
        basket=basket,
        user=wish.user,
        currency=quote.currency,
        total_incl_tax=quote.total,
        total_excl_tax=quote.total_excl_tax,
        shipping_incl_tax=Decimal(0),
        shipping_excl_tax=Decimal(0),
        shipping_code="pickup",
        status=OrderStatus.PLACED,
        status_changed_at=now,
        guest_email=wish.contact.email,
        customer_name=wish.contact.name,
        phone=wish.contact.phone,
        note=wish.note,
        payment_method=wish.payment_method,
        date_placed=now,
        collect_from=seat.collect_from,
        collect_until=seat.collect_until,
        estimated_ready_at=seat.estimated_ready_at,
    )
    return order


def _line(order: Order, priced: pricing.PricedLine) -> Line:
    product, record = priced.line.product, priced.line.stockrecord
    return Line(
        order=order,
        partner=record.partner,
        partner_name=record.partner.name,
        partner_sku=record.partner_sku,
        stockrecord=record,
        product=product,
        title=priced.title,
        upc=product.upc,
        quantity=priced.quantity,
        line_price_incl_tax=priced.price,
        line_price_excl_tax=priced.price_excl_tax,
        line_price_before_discounts_incl_tax=priced.price,
        line_price_before_discounts_excl_tax=priced.price_excl_tax,
        unit_price_incl_tax=priced.unit_price,
        unit_price_excl_tax=priced.unit_price_excl_tax,
        tax_code=f"{priced.tax_rate.normalize():f}",
        status=OrderStatus.PLACED,
        num_allocated=priced.quantity if priced.is_stock_counted else 0,
    )
