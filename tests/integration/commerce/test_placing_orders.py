"""Placing an order: what is written, what is refused, what it costs."""

import re
import uuid
from decimal import Decimal

import pytest
from factories import selling

from notifications.models import Message
from storefront import fulfilment
from storefront.commerce import attempts, invariants, orders, pricing
from storefront.oscar_apps.basket.models import Basket
from storefront.oscar_apps.order.models import Order, OrderStatus
from storefront.oscar_apps.partner.models import StockRecord
from storefront.oscar_apps.payment.models import Source
from storefront.payments import methods

pytestmark = pytest.mark.usefixtures("shop")


def test_a_placed_order_says_everything(shop):
    bread = selling.a_product(title="Bread", price="3.69", tax_rate="23", stock=5)
    milk = selling.a_product(title="Milk", price="1.15", tax_rate="0", stock=5)
    basket = selling.a_basket((bread, 2), (milk, 3))

    order = orders.place(**selling.a_wish(basket, note="By the door, please"))

    assert re.fullmatch(rf"{shop.order_prefix}-\d{{6}}", order.number)
    assert len(order.public_reference) == 16
    assert order.total_incl_tax == Decimal("10.83")
    assert order.total_excl_tax == Decimal("9.45")  # 7.38 / 1.23 + 3.45
    assert order.status == OrderStatus.PLACED
    assert order.guest_email == "ana@example.com"
    assert order.note == "By the door, please"
    assert order.collect_from < order.collect_until
    lines = list(order.lines.values_list("title", "quantity", "num_allocated"))
    assert lines == [("Bread", 2, 2), ("Milk", 3, 3)]
    assert order.line_prices.count() == 2
    assert order.status_changes.get().actor_name == "Ana Byrne"
    assert Source.objects.get(order=order).amount_allocated == order.total_incl_tax
    assert StockRecord.objects.get(product=bread).num_allocated == 2
    basket.refresh_from_db()
    assert basket.status == Basket.SUBMITTED
    assert invariants.breaches() == []


def test_an_order_leaves_its_messages():
    apples = selling.a_product()

    order = selling.an_order((apples, 1))

    sent = {m.kind: m.payload for m in Message.objects.all()}
    assert sent["order_mail"] == {"order_id": order.pk, "what": "confirmation"}
    assert sent["live"] == {"group": "board"}
    assert sent["card_stock"] == {"product_ids": [apples.pk]}


def test_numbers_rise_and_references_do_not():
    first = selling.an_order()
    second = selling.an_order()

    assert second.number > first.number
    assert second.public_reference != first.public_reference


def test_the_same_key_and_request_is_the_same_order():
    wish = selling.a_wish(selling.a_basket((selling.a_product(), 1)))

    first = orders.place(**wish)
    again = orders.place(**wish)

    assert again.pk == first.pk
    assert Order.objects.count() == 1


def test_the_same_key_with_another_request_is_refused():
    wish = selling.a_wish(selling.a_basket((selling.a_product(), 1)))
    orders.place(**wish)

    with pytest.raises(attempts.KeyReused):
        orders.place(**wish | {"note": "Something else"})


def test_an_ordered_basket_is_not_ordered_again():
    wish = selling.a_wish(selling.a_basket((selling.a_product(), 1)))
    order = orders.place(**wish)

    with pytest.raises(orders.AlreadyOrdered) as no:
        orders.place(**wish | {"key": uuid.uuid4()})

    assert no.value.data["reference"] == order.public_reference
    assert order.number in str(no.value)


def test_an_empty_basket_is_refused():
    with pytest.raises(orders.EmptyBasket):
        orders.place(**selling.a_wish(selling.a_basket()))


def test_too_little_stock_is_refused_with_what_is_left():
    apples = selling.a_product(title="Apples", stock=2)
    pears = selling.a_product(title="Pears", stock=0)
    basket = selling.a_basket((apples, 3), (pears, 1))

    with pytest.raises(pricing.OutOfStock) as no:
        orders.place(**selling.a_wish(basket))

    left = [(line["title"], line["left"]) for line in no.value.data["lines"]]
    assert left == [("Apples", 2), ("Pears", 0)]
    assert "Apples (2 left), Pears (sold out)" in str(no.value)


def test_a_product_taken_off_the_shelf_is_refused():
    apples = selling.a_product()
    basket = selling.a_basket((apples, 1))
    wish = selling.a_wish(basket)
    type(apples).objects.filter(pk=apples.pk).update(is_public=False)

    with pytest.raises(pricing.OutOfStock):
        orders.place(**wish)


def test_a_changed_price_is_asked_about():
    apples = selling.a_product(price="2.50")
    basket = selling.a_basket((apples, 2))
    wish = selling.a_wish(basket)
    StockRecord.objects.filter(product=apples).update(price="2.75")

    with pytest.raises(pricing.PriceChanged) as no:
        orders.place(**wish)

    [line] = no.value.data["lines"]
    assert (line["agreed_unit_price"], line["unit_price"]) == ("2.50", "2.75")
    assert no.value.data["total"] == "5.50"


def test_a_line_added_in_another_tab_is_asked_about():
    apples, pears = selling.a_product(), selling.a_product(title="Pears")
    basket = selling.a_basket((apples, 1))
    wish = selling.a_wish(basket)
    basket.lines.create(
        product=pears,
        stockrecord=pears.stockrecords.get(),
        line_reference="x",
        quantity=1,
    )

    with pytest.raises(pricing.PriceChanged) as no:
        orders.place(**wish)

    assert [line["title"] for line in no.value.data["lines"]] == ["Pears"]


def test_an_unknown_way_of_paying_is_refused():
    basket = selling.a_basket((selling.a_product(), 1))

    with pytest.raises(methods.NotOffered):
        orders.place(**selling.a_wish(basket, payment_method="gold"))


def test_a_refused_seat_undoes_everything(monkeypatch):
    class Full(Exception):
        pass

    def refuse(*_arguments, **_named):
        raise Full

    apples = selling.a_product()
    wish = selling.a_wish(selling.a_basket((apples, 1)))
    monkeypatch.setattr(type(fulfilment.provider()), "reserve", refuse)

    with pytest.raises(Full):
        orders.place(**wish)

    assert not Order.objects.exists()
    assert not Message.objects.filter(kind="order_mail").exists()
    assert not StockRecord.objects.get(product=apples).num_allocated
    wish["basket"].refresh_from_db()
    assert wish["basket"].status == Basket.OPEN
    assert invariants.breaches() == []


@pytest.mark.parametrize("size", [1, 8, 60])
def test_an_order_costs_the_same_queries_whatever_its_size(
    size, django_assert_max_num_queries
):
    goods = [(selling.a_product(title=f"Good {n}"), 1) for n in range(size)]
    wish = selling.a_wish(selling.a_basket(*goods))

    with django_assert_max_num_queries(18):
        orders.place(**wish)

    assert invariants.breaches() == []


def test_orders_of_two_shops_count_for_themselves(birch):
    from tenants import context

    ours = selling.an_order()
    with context.inside(birch):
        theirs = selling.an_order()

    assert (ours.number[:2], theirs.number[:2]) == ("AG", "BG")
    assert ours.public_reference != theirs.public_reference
    with context.inside(birch):
        assert not Order.objects.filter(public_reference=ours.public_reference).exists()


def test_the_invariants_see_what_is_wrong():
    order = selling.an_order()
    StockRecord.objects.update(num_allocated=5)
    Message.objects.all().delete()
    order.lines.update(line_price_incl_tax=0)

    rules = {breach.rule for breach in invariants.breaches()}

    assert rules == {
        "lines promise other than their stock record",
        "an order was never announced",
        "lines do not add up to their order",
    }
