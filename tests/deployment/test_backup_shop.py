"""A shop's own backup gives back that shop, and touches no other."""

from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from quickcart.backup import digests
from quickcart.backup import shop as shop_backup
from storefront.profile.models import ShopProfile
from tenants import context, hosts
from tenants.models import Shop


@pytest.fixture
def kept(live_database, media_root, tmp_path) -> tuple[Shop, Path]:
    """The shop alder, and the folder it was written into."""
    with context.in_public():
        alder = Shop.objects.get(subdomain="alder")
    with context.inside(alder):
        ShopProfile.objects.update(tagline="As it was")
        default_storage.__dict__.pop("relative_media_root", None)
        default_storage.save("picture.webp", ContentFile(b"as it was"))
    into = tmp_path / "shops"
    call_command("backup_shop", "alder", str(into), verbosity=0)
    [folder] = into.iterdir()
    return alder, folder


def _digests() -> digests.Digests:
    with context.in_public(), connection.cursor() as cursor:
        return digests.of_database(cursor)


def _tagline(shop: Shop) -> str:
    with context.inside(shop):
        return ShopProfile.load().tagline


def test_a_restore_that_was_cut_short_can_be_repeated(kept, monkeypatch):
    alder, folder = kept

    def be_killed(path):
        raise KeyboardInterrupt

    with context.in_public(), connection.cursor() as cursor:
        # What a process that was killed leaves: the live schema under another name.
        name = alder.schema_name
        cursor.execute(f'ALTER SCHEMA "{name}" RENAME TO "{name}_before"')
    with monkeypatch.context() as patch:
        patch.setattr(shop_backup, "_load", be_killed)
        with pytest.raises(KeyboardInterrupt):
            call_command("restore_shop", str(folder), "--replace", verbosity=0)
    assert _tagline(alder) == "As it was"  # interrupted again, and taken back

    call_command("restore_shop", str(folder), "--replace", verbosity=0)

    assert _tagline(alder) == "As it was"


def test_one_shop_is_given_back_and_no_other_is_touched(kept, media_root):
    alder, folder = kept
    before = _digests()
    with context.inside(alder):
        ShopProfile.objects.update(tagline="Ruined")
    (media_root / alder.schema_name / "picture.webp").unlink()

    with pytest.raises(CommandError, match="--replace"):
        call_command("restore_shop", str(folder), verbosity=0)
    assert _tagline(alder) == "Ruined"
    call_command("restore_shop", str(folder), "--replace", verbosity=0)

    assert _tagline(alder) == "As it was"
    picture = media_root / alder.schema_name / "picture.webp"
    assert picture.read_bytes() == b"as it was"
    after = _digests()
    changed = {
        table for table in before | after if before.get(table) != after.get(table)
    }
    # It tells the hub of itself anew, and nothing else has changed.
    assert {table.partition(".")[2] for table in changed} <= {
        "notifications_outbox",
        "editions_current",
        "profile_shopprofile",
        "hub_shopcard",
    }


def test_pages_of_the_time_before_are_not_shown_for_a_restored_shop(kept, monkeypatch):
    alder, folder = kept
    before = _edition(alder)
    # What it tells the hub changes the edition as well; that is not what is meant.
    monkeypatch.setattr(shop_backup.profiles, "publish", lambda **_told: None)

    call_command("restore_shop", str(folder), "--replace", verbosity=0)

    assert _edition(alder) != before


def test_sessions_of_the_time_before_do_not_live_again(live_database, tmp_path):
    with context.in_public():
        alder = Shop.objects.get(subdomain="alder")
    with context.inside(alder):
        ended = SessionStore()
        ended.create()
    call_command("backup_shop", "alder", str(tmp_path), verbosity=0)
    [folder] = tmp_path.iterdir()
    with context.inside(alder):
        ended.delete()

    call_command("restore_shop", str(folder), "--replace", verbosity=0)

    with context.inside(alder):
        assert not Session.objects.exists()


def _edition(shop: Shop) -> str:
    with context.in_public(), connection.cursor() as cursor:
        cursor.execute("SELECT quickcart_edition(%s)", [shop.schema_name])
        return str(cursor.fetchone()[0])


def test_a_shop_that_is_gone_comes_back_with_its_hosts(kept):
    alder, folder = kept
    with context.in_public(), connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA {alder.schema_name} CASCADE")
        Shop.objects.filter(pk=alder.pk).delete()

    call_command("restore_shop", str(folder), verbosity=0)

    with context.in_public():
        back = Shop.objects.get(subdomain="alder")
        assert back.domains.get().domain == "alder.localhost"
    assert _tagline(back) == "As it was"


def test_a_shop_that_moves_is_found_in_its_new_network(kept, settings):
    alder, folder = kept
    with context.in_public(), connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA {alder.schema_name} CASCADE")
        Shop.objects.filter(pk=alder.pk).delete()
    settings.QUICKCART_DOMAIN = "elsewhere.test"

    call_command("restore_shop", str(folder), verbosity=0)

    with context.in_public():
        assert hosts.shop_of_host("alder.elsewhere.test").name == alder.name
        assert hosts.shop_of_host("alder.localhost") is None


def test_a_damaged_copy_changes_nothing(kept):
    _alder, folder = kept
    whole = (folder / "schema.dump").read_bytes()
    (folder / "schema.dump").write_bytes(whole[: len(whole) // 2])
    before = _digests()

    with pytest.raises(CommandError, match="pg_restore"):
        call_command("restore_shop", str(folder), "--replace", verbosity=0)

    assert _digests() == before
