"""Limits: counted by shop and address, and never in a customer's way."""

import dataclasses

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from tenants import context, limits
from tenants.limits import Limit, TooOften

THRICE = Limit("thrice", most=3, seconds=60)


@pytest.fixture(autouse=True)
def counting(settings):
    settings.QUICKCART_LIMITS = True
    cache.clear()
    yield
    cache.clear()


def test_one_too_many_is_refused(shop):
    for _time in range(3):
        limits.take(THRICE, by="192.0.2.1")

    with pytest.raises(TooOften):
        limits.take(THRICE, by="192.0.2.1")
    with pytest.raises(TooOften):
        limits.check(THRICE, by="192.0.2.1")


def test_another_address_and_another_shop_have_their_own(alder, birch):
    with context.inside(alder):
        for _time in range(3):
            limits.take(THRICE, by="192.0.2.1")
        limits.take(THRICE, by="192.0.2.2")

    with context.inside(birch):
        limits.check(THRICE, by="192.0.2.1")


def test_what_is_the_network_s_is_counted_for_all_shops(alder, birch):
    together = dataclasses.replace(THRICE, is_networks=True)
    for shop in (alder, birch, alder):
        with context.inside(shop):
            limits.take(together, by="192.0.2.1")

    with context.inside(birch):
        with pytest.raises(TooOften):
            limits.take(together, by="192.0.2.1")
        with pytest.raises(TooOften):
            limits.check(together, by="192.0.2.1")
        assert context.current_shop() == birch
        limits.take(THRICE, by="192.0.2.1")


def test_a_person_is_counted_as_the_same_in_every_shop(alder, birch):
    found = set()
    for shop in (alder, birch):
        with context.inside(shop):
            found.add(limits.recipient(" Ana@Example.com"))
    (name,) = found

    assert "ana" not in name
    assert name == limits.recipient("ana@example.com")
    assert name != limits.recipient("ben@example.com")


def test_the_same_thing_counts_once(shop):
    for _time in range(9):
        limits.take(THRICE, by="192.0.2.1", once_for=7)

    limits.take(THRICE, by="192.0.2.1", once_for=8)


def test_what_was_refused_is_refused_again(shop):
    for basket in range(3):
        limits.take(THRICE, by="192.0.2.1", once_for=basket)

    for _time in range(2):
        with pytest.raises(TooOften):
            limits.take(THRICE, by="192.0.2.1", once_for=99)


def test_without_a_cache_everybody_is_let_through(shop, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    }

    for _time in range(9):
        limits.take(THRICE, by="192.0.2.1")
    limits.check(THRICE, by="192.0.2.1")


@pytest.mark.parametrize(
    ("proxies", "told", "peer", "address"),
    [
        (0, "192.0.2.9", "127.0.0.1", "127.0.0.1"),
        (1, "192.0.2.9", "127.0.0.1", "192.0.2.9"),
        (1, "6.6.6.6, 192.0.2.9", "127.0.0.1", "192.0.2.9"),
        (2, "6.6.6.6, 192.0.2.9, 10.0.0.1", "127.0.0.1", "192.0.2.9"),
        (2, "6.6.6.6", "127.0.0.1", "127.0.0.1"),
        (1, "", "127.0.0.1", "127.0.0.1"),
        (1, "<script>", "127.0.0.1", "unknown"),
        (1, "2001:db8:1:2:3:4:5:6", "127.0.0.1", "2001:db8:1:2::"),
        (1, "::ffff:192.0.2.9", "127.0.0.1", "192.0.2.9"),
        (0, "", "", "unknown"),
    ],
)
def test_the_address_is_what_our_own_proxies_say(
    settings, proxies, told, peer, address
):
    settings.QUICKCART_PROXIES = proxies
    request = RequestFactory().get("/", headers={"x-forwarded-for": told})
    request.META["REMOTE_ADDR"] = peer
    scope = {
        "headers": [(b"x-forwarded-for", told.encode())] if told else [],
        "client": (peer, 1),
    }

    assert limits.address_of(request) == address
    assert limits.address_of_socket(scope) == address
