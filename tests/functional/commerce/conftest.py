"""A visitor of a shop on a Monday morning, and apples."""

import pytest
from django.test import Client
from factories import selling

from kernel import clock
from tenants import context


@pytest.fixture
def monday_morning(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: selling.NOW)


@pytest.fixture
def visitor(alder):
    return Client(headers={"host": "alder.localhost"})


@pytest.fixture
def apples(alder):
    with context.inside(alder):
        return selling.a_product(title="Apples", price="2.50", stock=10)


@pytest.fixture
def buyer(visitor, apples):
    """A visitor with two apples in the basket."""
    visitor.post("/basket/add/", {"product": apples.pk, "quantity": 2})
    return visitor
