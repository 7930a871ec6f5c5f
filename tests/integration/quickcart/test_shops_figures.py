"""Which shops have a line of their own in the figures."""

from quickcart.observability import shops
from tenants.models import Shop


def test_the_first_shops_have_a_line_whatever_their_numbers(
    alder, birch, cedar, settings, monkeypatch
):
    settings.METRICS_MOST_SHOPS = 1
    monkeypatch.setattr(shops, "_first", set())
    monkeypatch.setattr(shops.first, "latest", shops._look)
    Shop.objects.filter(pk=alder.pk).delete()

    assert birch.pk > settings.METRICS_MOST_SHOPS
    assert shops.label(birch) == "birch"
    assert shops.label(cedar) == shops.OTHER


def test_while_the_database_is_away_they_are_still_known(birch, monkeypatch):
    monkeypatch.setattr(shops, "_first", {birch.pk})
    monkeypatch.setattr(shops.first, "latest", lambda: None)

    assert shops.label(birch) == "birch"
