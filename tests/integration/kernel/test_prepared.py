"""A query that is put into words once answers as Django's own does."""

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from factories import selling

from kernel.prepared import Parameter, Prepared
from pickup.models import PickupSettings
from storefront.oscar_apps.basket.models import Basket, Line

pytestmark = pytest.mark.usefixtures("shop")


def test_an_instance_comes_with_its_kin():
    bread = selling.a_product(title="Bread")
    basket = selling.a_basket((bread, 2))
    lines = Prepared(
        lambda: (
            Line.objects.filter(basket_id=Parameter("basket"))
            .select_related("product__product_class", "product__parent", "stockrecord")
            .annotate(twice=F("quantity") * 2)
        )
    )

    with CaptureQueriesContext(connection) as asked:
        [line] = lines(basket=basket.pk)
        assert line.product.title == "Bread"
        assert line.product.product_class.track_stock
        assert line.product.parent is None
        assert line.stockrecord.product_id == bread.pk

    assert len(asked) == 1
    assert line == Line.objects.get()
    assert (line.quantity, line.twice) == (2, 4)
    assert not line._state.adding
    assert line._state.db == connection.alias


def test_each_call_has_its_own_values():
    baskets = Prepared(
        lambda: Basket.objects.filter(pk=Parameter("pk"), status=Parameter("status"))
    )
    one, other = selling.a_basket(), selling.a_basket()

    assert baskets(pk=one.pk, status="Open") == [one]
    assert baskets(pk=other.pk, status="Open") == [other]
    assert baskets(pk=other.pk, status="Frozen") == []
    assert baskets.first(pk=one.pk, status="Frozen") is None


def test_values_are_tuples_and_are_converted():
    selling.a_basket()
    rows = Prepared(lambda: Basket.objects.values_list("status", "owner"))
    settings = Prepared(lambda: PickupSettings.objects.only("capacity"))

    assert rows() == [("Open", None)]
    [rules] = settings()
    assert rules.get_deferred_fields() >= {"opening_hours"}
    assert rules.opening_hours == PickupSettings.objects.get().opening_hours


def test_a_value_that_is_missing_is_a_mistake():
    baskets = Prepared(lambda: Basket.objects.filter(pk=Parameter("pk")))

    with pytest.raises(KeyError):
        baskets()
