"""Alder and a customer of it, and nothing used up of what is limited."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from support.accounts import AGAIN, OWN, PASSWORD, a_browser

from accounts.models import User
from tenants import context


@pytest.fixture(autouse=True)
def fresh_rate_limits(alder) -> Iterator[None]:
    cache.clear()
    with context.inside(alder):
        yield
    cache.clear()


@pytest.fixture
def customer() -> User:
    return User.objects.create_user(OWN, PASSWORD)


@pytest.fixture
def signed_in(customer) -> Client:
    browser = a_browser()
    browser.force_login(customer)
    browser.post(AGAIN, {"password": PASSWORD})
    return browser
