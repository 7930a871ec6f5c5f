"""Shops and networks move, and are found where they arrive."""

import re
import shlex
from pathlib import Path

import pytest
from django.contrib.sites.models import Site as DjangoSite
from django.core.management import call_command
from django.db import connection
from factories import pages, staff
from support import backups, handbook
from wagtail.models import Site

from accounts.roles import Role
from tenants import context, hosts
from tenants.models import Shop


@pytest.fixture
def elsewhere(settings):
    """The same programs, serving a network of another domain."""
    settings.QUICKCART_DOMAIN = "elsewhere.test"
    settings.ALLOWED_HOSTS = ["elsewhere.test", ".elsewhere.test"]
    settings.QUICKCART_SCHEME, settings.QUICKCART_PORT = "https", 8443


def test_a_shop_that_moves_is_found_in_its_new_network(kept, elsewhere, client):
    alder, folder = kept
    backups.take_away(alder)

    call_command("restore_shop", str(folder), verbosity=0)

    with context.in_public():
        assert hosts.shop_of_host("alder.elsewhere.test").name == alder.name
        assert hosts.shop_of_host("alder.localhost") is None
    answer = client.get("/account/login/", headers={"host": "alder.elsewhere.test"})
    assert answer.status_code == 200


def test_pages_of_a_shop_that_moved_have_previews_and_addresses(kept, elsewhere):
    alder, folder = kept
    backups.take_away(alder)
    call_command("restore_shop", str(folder), verbosity=0)
    with context.in_public():
        back = Shop.objects.get(subdomain="alder")
    with context.inside(back):
        editor = staff.signed_in(staff.a_member(Role.EDITOR))
        page = pages.a_page()
        form = pages.a_form("About us", pages.a_hero("Not yet public"))

    here = {"host": "alder.elsewhere.test:8443"}
    address = f"/admin/pages/{page.pk}/edit/preview/"
    editor.post(address, form, headers=here, secure=True)
    shown = editor.get(address, headers=here, secure=True)

    assert shown.status_code == 200
    assert "Not yet public" in shown.text
    with context.inside(back):
        assert page.full_url == "https://alder.elsewhere.test:8443/about-us/"
        assert Site.objects.get().hostname == "alder.elsewhere.test"
        assert DjangoSite.objects.get().domain == "alder.elsewhere.test"


def test_a_shop_that_was_closed_to_move_is_open_where_it_arrives(kept, tmp_path):
    alder, _folder = kept
    with context.in_public():
        Shop.objects.filter(pk=alder.pk).update(state=Shop.State.SUSPENDED)
    folder = backups.written(tmp_path / "closed")

    call_command("restore_shop", str(folder), "--replace", verbosity=0)
    with context.in_public():
        assert Shop.objects.get(subdomain="alder").state == Shop.State.SUSPENDED
    backups.take_away(alder)
    call_command("restore_shop", str(folder), verbosity=0)

    with context.in_public():
        assert Shop.objects.get(subdomain="alder").state == Shop.State.LIVE


def _do(block: str, shops: Path) -> None:
    """Run a block's commands for alder, whose backups are in a folder of the test's."""
    block = block.replace("clover", "alder").replace("/backup/shops", str(shops))
    for written in shops.glob("alder-*"):
        block = re.sub(r"alder-\w+Z", written.name, block)
    for command in re.split(r"^quickcart ", block, flags=re.MULTILINE)[1:]:
        call_command(*shlex.split(command), verbosity=0)


def test_a_shop_moves_as_the_handbook_says(
    live_database, media_root, tmp_path, request, client
):
    close, restore, forget = handbook.blocks("### Move a shop to another network")
    with context.in_public():
        alder = Shop.objects.get(subdomain="alder")
    _do(close, tmp_path)
    assert client.get("/", headers={"host": "alder.localhost"}).status_code == 503
    _do(forget, tmp_path)
    assert client.get("/", headers={"host": "alder.localhost"}).status_code == 404
    with context.in_public(), connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA {alder.schema_name} CASCADE")
    request.getfixturevalue("elsewhere")

    _do(restore, tmp_path)

    answer = client.get("/", headers={"host": "alder.elsewhere.test"}, secure=True)
    assert answer.status_code == 200
    assert alder.name in answer.text


def test_a_network_moves_to_another_domain_as_the_handbook_says(
    live_database, tmp_path, elsewhere, client
):
    [lines] = handbook.blocks("### Move the network to another domain")
    here = {"host": "birch.elsewhere.test"}
    assert client.get("/", headers=here, secure=True).status_code == 404

    _do(lines, tmp_path)

    for path in ("/", "/account/login/", "/shop/"):
        assert client.get(path, headers=here, secure=True).status_code == 200
    hub = {"host": "elsewhere.test"}
    directory = client.get("/", headers=hub, secure=True)
    assert "https://birch.elsewhere.test:8443/" in directory.text
    assert client.get("/account/login/", headers=hub, secure=True).status_code == 200
