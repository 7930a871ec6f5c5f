"""Who waited too long is turned away at once."""

import time
from types import SimpleNamespace

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import RequestFactory

from quickcart import pressure, turns


@pytest.fixture
def door():
    return pressure.SheddingMiddleware(lambda request: HttpResponse("served"))


@pytest.mark.parametrize(
    ("waited", "status"), [(0.1, 200), (9.0, 200), (11.0, 503), (110, 503)]
)
def test_what_stood_in_the_queue_too_long_is_turned_away(door, waited, status):
    since = f"t={time.time() - waited:.3f}"

    response = door(RequestFactory().get("/", headers={"X-Request-Start": since}))

    assert response.status_code == status
    assert ("Retry-After" in response) is (status == 503)


@pytest.mark.parametrize("ahead", [3600, 130, -130, -3600])
def test_a_proxy_whose_clock_differs_turns_nobody_away(door, ahead):
    since = f"t={time.time() - ahead:.3f}"

    response = door(RequestFactory().get("/", headers={"X-Request-Start": since}))

    assert response.status_code == 200


@pytest.mark.parametrize("since", ["", "t=", "yesterday", "t=nan", "t=99999999999"])
def test_what_no_proxy_says_is_passed_over(door, since):
    response = door(RequestFactory().get("/", headers={"X-Request-Start": since}))

    assert response.status_code == 200


def test_statements_are_bounded(monkeypatch):
    options = {}
    monkeypatch.setitem(connections.settings["default"], "OPTIONS", options)

    pressure.bound_statements(statement=15, lock=0)

    assert "-c statement_timeout=15000" in options["options"]
    assert "lock_timeout" not in options["options"]


def test_what_is_too_much_for_one_shop_is_turned_away(door):
    place = turns.Place(is_crowded=True)

    response = door(RequestFactory().get("/", **{turns.PLACE: place}))

    assert response.status_code == 503
    assert "Retry-After" in response
    assert place.shop == ""


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ({}, ""),
        ({"tenant": None}, "public"),
        ({"tenant": SimpleNamespace(schema_name="shop_a")}, "shop_a"),
    ],
)
def test_a_request_s_place_is_told_whose_it_was(found, name):
    def answer(request):
        vars(request).update(found)
        return HttpResponse("served")

    place = turns.Place()
    door = pressure.SheddingMiddleware(answer)

    assert door(RequestFactory().get("/", **{turns.PLACE: place})).status_code == 200
    assert place.shop == name
