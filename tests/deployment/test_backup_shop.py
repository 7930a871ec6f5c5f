"""A shop's own backup gives back that shop, and touches no other."""

import io
import tarfile
from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from support import backups

from quickcart.backup import digests, tools
from quickcart.backup import shop as shop_backup
from storefront.profile.models import ShopProfile
from tenants import context
from tenants.models import Domain, Shop


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
    assert backups.tagline(alder) == "As it was"  # interrupted again, and taken back

    call_command("restore_shop", str(folder), "--replace", verbosity=0)

    assert backups.tagline(alder) == "As it was"


def test_one_shop_is_given_back_and_no_other_is_touched(kept, media_root):
    alder, folder = kept
    before = backups.digests_now()
    with context.inside(alder):
        ShopProfile.objects.update(tagline="Ruined")
    (media_root / alder.schema_name / "picture.webp").unlink()

    with pytest.raises(CommandError, match="--replace"):
        call_command("restore_shop", str(folder), verbosity=0)
    assert backups.tagline(alder) == "Ruined"
    call_command("restore_shop", str(folder), "--replace", verbosity=0)

    assert backups.tagline(alder) == "As it was"
    picture = media_root / alder.schema_name / "picture.webp"
    assert picture.read_bytes() == b"as it was"
    after = backups.digests_now()
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
    folder = backups.written(tmp_path)
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
    backups.take_away(alder)

    call_command("restore_shop", str(folder), verbosity=0)

    with context.in_public():
        back = Shop.objects.get(subdomain="alder")
        assert back.domains.get().domain == "alder.localhost"
    assert backups.tagline(back) == "As it was"


def _all_there_is(folder: Path) -> tuple[digests.Digests, list[str], set[Path]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace ORDER BY 1")
        schemas = [name for (name,) in cursor.fetchall()]
    return (
        backups.digests_now(),
        schemas,
        {path for path in folder.rglob("*") if path.is_file()},
    )


def _is_refused(folder: Path, *more: str, words: str) -> None:
    """See a restore refused twice in the same words, and nothing changed by it."""
    before = _all_there_is(folder.parents[1])
    for _attempt in range(2):
        with pytest.raises(CommandError, match=words):
            call_command("restore_shop", str(folder), *more, verbosity=0)
    assert _all_there_is(folder.parents[1]) == before


def test_a_schema_without_a_row_is_not_given_up_unasked(kept):
    alder, folder = kept
    backups.take_away(alder, schema_too=False)

    _is_refused(folder, words="--replace")
    call_command("restore_shop", str(folder), "--replace", verbosity=0)

    with context.in_public():
        assert backups.tagline(Shop.objects.get(subdomain="alder")) == "As it was"


def test_a_shop_whose_address_is_anothers_is_given_another(kept, client, monkeypatch):
    alder, folder = kept
    backups.take_away(alder)
    with context.in_public():
        birch = Shop.objects.get(subdomain="birch")
        Shop.objects.filter(pk=birch.pk).update(subdomain="alder")
    _is_refused(folder, words="belongs to another shop.*--subdomain")
    with context.in_public():
        Shop.objects.filter(pk=birch.pk).update(subdomain="birch")
        Domain.objects.create(domain="alder.localhost", tenant=birch)
    _is_refused(folder, words="belongs to another shop.*--subdomain")
    _is_refused(folder, "--subdomain=admin", words="kept for the network")
    with monkeypatch.context() as patch:  # as if it were taken in that very moment
        patch.setattr(shop_backup, "_check_hosts", lambda *_asked: None)
        _is_refused(folder, words="alder.localhost.* already exists")

    call_command("restore_shop", str(folder), "--subdomain=alder2", verbosity=0)

    answer = client.get("/account/login/", headers={"host": "alder2.localhost"})
    assert answer.status_code == 200
    assert alder.name in answer.text


def test_another_host_of_the_shop_that_is_anothers_is_named(kept, tmp_path):
    alder, _folder = kept
    with context.in_public():
        Domain.objects.create(domain="old.localhost", tenant=alder, is_primary=False)
    folder = backups.written(tmp_path / "two")
    backups.take_away(alder)
    with context.in_public():
        birch = Shop.objects.get(subdomain="birch")
        Domain.objects.create(domain="old.localhost", tenant=birch, is_primary=False)

    _is_refused(folder, words=r"old\.localhost is Birch")


def _pictures(*names: str) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = 4096
            archive.addfile(member, io.BytesIO(b"x" * 4096))
    return written.getvalue()


WHOLE = _pictures("a.webp", "b.webp")


DAMAGED = {
    "missing": None,
    "empty": b"",
    "cut": WHOLE[:2000],
    "cut between two pictures": WHOLE[: 512 + 4096],
    "damaged": WHOLE[: 512 + 4096] + b"?" * 512 + WHOLE[512 + 4096 + 512 :],
    "leading out of its folder": _pictures("../../elsewhere.webp"),
}


def test_pictures_that_are_not_whole_change_nothing(kept):
    _alder, folder = kept
    before = backups.digests_now()
    for archive in DAMAGED.values():
        (folder / "media.tar").unlink(missing_ok=True)
        if archive is not None:
            (folder / "media.tar").write_bytes(archive)
        with pytest.raises(CommandError, match=r"media\.tar"):
            call_command("restore_shop", str(folder), "--replace", verbosity=0)

    assert backups.digests_now() == before


def test_a_restore_that_is_refused_or_fails_changes_nothing(kept, monkeypatch):
    _alder, folder = kept

    def be_full(*_asked, **_options):
        raise OSError(28, "No space left on device")

    _is_refused(folder, "--replace", "--subdomain=other", words="keeps its address")
    monkeypatch.setattr(tarfile.TarFile, "extractall", be_full)
    _is_refused(folder, "--replace", words="No space left")


def test_a_backup_that_fails_leaves_no_folder(live_database, tmp_path, monkeypatch):
    def fail(*_words):
        raise tools.BackupError("pg_dump: no")

    monkeypatch.setattr(tools, "run", fail)

    with pytest.raises(CommandError, match="pg_dump"):
        call_command("backup_shop", "alder", str(tmp_path), verbosity=0)

    assert [*tmp_path.iterdir()] == []


def test_only_a_shop_of_another_release_is_said_to_need_migrating(kept, capsys):
    alder, folder = kept

    call_command("restore_shop", str(folder), "--replace")
    said = capsys.readouterr().out
    assert "http://alder.localhost" in said
    assert "migrate" not in said

    with context.inside(alder), connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'profile'")
    older = backups.written(folder.parents[1] / "older")
    call_command("restore_shop", str(older), "--replace")

    assert "migrate" in capsys.readouterr().out


def test_a_damaged_copy_changes_nothing(kept):
    _alder, folder = kept
    whole = (folder / "schema.dump").read_bytes()
    (folder / "schema.dump").write_bytes(whole[: len(whole) // 2])
    before = backups.digests_now()

    with pytest.raises(CommandError, match="pg_restore"):
        call_command("restore_shop", str(folder), "--replace", verbosity=0)

    assert backups.digests_now() == before
