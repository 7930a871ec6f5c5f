"""Whose log line it is."""

import logging

import pytest

from tenants.logs import ShopFilter


@pytest.fixture
def lines(caplog):
    """The shops of the lines written so far."""
    teller = ShopFilter()
    caplog.handler.addFilter(teller)
    with caplog.at_level(logging.WARNING, logger="django.request"):
        yield lambda: [record.shop for record in caplog.records]
    caplog.handler.removeFilter(teller)


def test_what_was_not_found_in_a_shop_is_the_shop_s(client, alder, lines):
    client.get("/nothing/", headers={"host": "alder.localhost"})

    assert lines() == ["alder"]


def test_what_was_not_found_on_the_hub_is_the_hub_s(client, db, lines):
    client.get("/nothing/", headers={"host": "localhost"})

    assert lines() == ["hub"]
