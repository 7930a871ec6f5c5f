"""`manage.py createsuperuser` on the hub and in a shop."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from tenants import context


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "Boss@Example.com")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long password")


def test_without_a_shop_it_is_the_hubs(alder):
    call_command("createsuperuser", interactive=False, verbosity=0)

    boss = User.objects.get(email="boss@example.com")
    assert boss.is_superuser
    assert boss.check_password("a long password")
    with context.inside(alder):
        assert not User.objects.filter(email="boss@example.com").exists()


def test_with_a_shop_it_is_that_shops(alder, birch):
    call_command("createsuperuser", interactive=False, shop="alder", verbosity=0)

    with context.inside(alder):
        assert User.objects.get(email="boss@example.com").is_superuser
    assert not User.objects.filter(email="boss@example.com").exists()
    with context.inside(birch):
        assert not User.objects.filter(email="boss@example.com").exists()


def test_an_unknown_shop_is_named(db):
    with pytest.raises(CommandError, match="no shop named “nowhere”"):
        call_command("createsuperuser", interactive=False, shop="nowhere")


def test_a_second_account_of_one_address_is_refused(db):
    call_command("createsuperuser", interactive=False, verbosity=0)

    with pytest.raises(CommandError):
        call_command("createsuperuser", interactive=False, verbosity=0)
