"""Error pages of the developer's server, where Django answers in other threads."""

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient, Client

from tenants import context
from tenants.models import Domain, Shop

pytestmark = pytest.mark.slow
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def sign_in():
    from accounts.models import User

    shop = Shop.objects.get(subdomain="alder")
    # Django's asynchronous client cannot send another Host.
    Domain.objects.create(domain="testserver", tenant=shop, is_primary=False)
    with context.inside(shop):
        client = Client()
        client.force_login(User.objects.get(email="owner@alder.example"), BACKEND)
    return client.cookies


async def test_a_page_that_is_not_there_signs_nobody_out(live_database):
    client = AsyncClient()
    client.cookies = await sync_to_async(sign_in)()

    missing = await client.get("/favicon.ico")
    there = await client.get("/admin/orders/")

    assert missing.status_code == 404
    assert "sessionid" not in missing.cookies
    assert there.status_code == 200
