"""Money on record: what is expected, what was taken, never twice."""

import pytest
from django.core.signing import BadSignature
from django.db import IntegrityError, transaction
from factories import selling

from storefront.commerce import orders, pricing
from storefront.oscar_apps.payment.models import Source, Transaction
from storefront.payments import ledger, methods

pytestmark = pytest.mark.usefixtures("shop")


def test_a_shop_offers_to_be_paid_at_the_counter():
    [way] = methods.offered()

    assert (way.code, way.is_in_person) == ("pay_at_pickup", True)


def test_nobody_s_webhook_is_believed():
    with pytest.raises(BadSignature):
        methods.gateway("pay_at_pickup").webhook(body=b"{}", headers={})


def test_an_attempt_to_be_paid_is_captured_once():
    order = selling.an_order()
    ledger.settle_in_person(order=order, now=selling.NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.settle_in_person(order=order, now=selling.NOW)

    assert Transaction.objects.count() == 1


def test_no_more_is_given_back_than_was_taken():
    source = Source.objects.get(order=selling.an_order())

    with pytest.raises(IntegrityError), transaction.atomic():
        Source.objects.filter(pk=source.pk).update(amount_refunded=1)


def test_where_only_the_total_was_agreed_the_total_counts():
    basket = selling.a_basket((selling.a_product(price="2.00"), 2))
    total = pricing.quote(basket).total

    order = orders.place(**selling.a_wish(basket, agreed=orders.Agreed(total)))

    assert order.total_incl_tax == total
