"""A shop is born whole, at once, and separate."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection

from accounts.models import User
from tenants import context


@pytest.mark.parametrize("name", ["alder", "birch", "cedar"])
def test_a_new_shop_has_its_owner_and_roles(name, request):
    shop = request.getfixturevalue(name)

    with context.inside(shop):
        owner = User.objects.get()
        roles = set(Group.objects.values_list("name", flat=True))

    assert owner.email == f"owner@{name}.example"
    assert {"owner", "manager", "picker", "editor"} <= roles


def test_a_shop_does_not_see_public(shop):
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('tenants_shop')")

        assert cursor.fetchone() == (None,)
