"""Guests' baskets that no cookie leads to any more go, and nothing else does."""

from datetime import timedelta

import pytest

from accounts.models import User
from kernel import clock
from storefront.commerce import tasks
from storefront.oscar_apps.basket.models import Basket
from tenants import context

pytestmark = pytest.mark.django_db


def a_basket(*, days, **facts):
    basket = Basket.objects.create(**facts)
    made_at = clock.now() - timedelta(days=days)
    Basket.objects.filter(pk=basket.pk).update(date_created=made_at)
    return basket


def test_only_old_open_baskets_of_guests_are_cleared(shop):
    abandoned = a_basket(days=31)
    kept = [
        a_basket(days=29),
        a_basket(days=31, status=Basket.SUBMITTED),
        a_basket(days=31, owner=User.objects.create_user("ana@example.com")),
    ]

    tasks.clear_baskets.run()

    assert not Basket.objects.filter(pk=abandoned.pk).exists()
    assert Basket.objects.filter(pk__in=[each.pk for each in kept]).count() == 3


def test_only_shops_that_have_some_are_woken(alder, birch, monkeypatch):
    sent = []
    monkeypatch.setattr(
        tasks.guard, "send_for", lambda schema, task: sent.append((schema, task.name))
    )
    with context.inside(birch):
        a_basket(days=31)

    tasks.clear_baskets_everywhere.run()

    assert sent == [(birch.schema_name, tasks.clear_baskets.name)]
