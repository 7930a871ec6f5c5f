"""A shop's own backup gives back that shop, and touches no other."""

import io
import re
import shlex
import tarfile
from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.contrib.sites.models import Site as DjangoSite
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from factories import pages, staff
from wagtail.models import Site

from accounts.roles import Role
from quickcart.backup import digests, tools
from quickcart.backup import shop as shop_backup
from storefront.profile.models import ShopProfile
from tenants import context, hosts
from tenants.models import Domain, Shop


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


def _take_away(shop: Shop, *, schema_too: bool = True) -> None:
    with context.in_public(), connection.cursor() as cursor:
        if schema_too:
            cursor.execute(f"DROP SCHEMA {shop.schema_name} CASCADE")
        Shop.objects.filter(pk=shop.pk).delete()


def test_a_shop_that_is_gone_comes_back_with_its_hosts(kept):
    alder, folder = kept
    _take_away(alder)

    call_command("restore_shop", str(folder), verbosity=0)

    with context.in_public():
        back = Shop.objects.get(subdomain="alder")
        assert back.domains.get().domain == "alder.localhost"
    assert _tagline(back) == "As it was"


@pytest.fixture
def elsewhere(settings):
    """The same programs, serving a network of another domain."""
    settings.QUICKCART_DOMAIN = "elsewhere.test"
    settings.ALLOWED_HOSTS = ["elsewhere.test", ".elsewhere.test"]
    settings.QUICKCART_SCHEME, settings.QUICKCART_PORT = "https", 8443


def test_a_shop_that_moves_is_found_in_its_new_network(kept, elsewhere, client):
    alder, folder = kept
    _take_away(alder)

    call_command("restore_shop", str(folder), verbosity=0)

    with context.in_public():
        assert hosts.shop_of_host("alder.elsewhere.test").name == alder.name
        assert hosts.shop_of_host("alder.localhost") is None
    answer = client.get("/account/login/", headers={"host": "alder.elsewhere.test"})
    assert answer.status_code == 200


def test_pages_of_a_shop_that_moved_have_previews_and_addresses(kept, elsewhere):
    alder, folder = kept
    _take_away(alder)
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
    call_command("backup_shop", "alder", str(tmp_path / "closed"), verbosity=0)
    [folder] = (tmp_path / "closed").iterdir()

    call_command("restore_shop", str(folder), "--replace", verbosity=0)
    with context.in_public():
        assert Shop.objects.get(subdomain="alder").state == Shop.State.SUSPENDED
    _take_away(alder)
    call_command("restore_shop", str(folder), verbosity=0)

    with context.in_public():
        assert Shop.objects.get(subdomain="alder").state == Shop.State.LIVE


HANDBOOK = Path(__file__).parents[2] / "docs/operations.md"


def _blocks(heading: str) -> list[str]:
    """Return the blocks of commands under a heading of the handbook."""
    page = HANDBOOK.read_text().partition(f"### {heading}\n")[2].partition("\n## ")[0]
    page = page.partition("\n### ")[0]
    return re.findall(r"^```\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


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
    close, restore, forget = _blocks("Move a shop to another network")
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
    [lines] = _blocks("Move the network to another domain")
    here = {"host": "birch.elsewhere.test"}
    assert client.get("/", headers=here, secure=True).status_code == 404

    _do(lines, tmp_path)

    for path in ("/", "/account/login/", "/shop/"):
        assert client.get(path, headers=here, secure=True).status_code == 200
    hub = {"host": "elsewhere.test"}
    directory = client.get("/", headers=hub, secure=True)
    assert "https://birch.elsewhere.test:8443/" in directory.text
    assert client.get("/account/login/", headers=hub, secure=True).status_code == 200


def _all_there_is(folder: Path) -> tuple[digests.Digests, list[str], set[Path]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace ORDER BY 1")
        schemas = [name for (name,) in cursor.fetchall()]
    return _digests(), schemas, {path for path in folder.rglob("*") if path.is_file()}


def _is_refused(folder: Path, *more: str, words: str) -> None:
    """See a restore refused twice in the same words, and nothing changed by it."""
    before = _all_there_is(folder.parents[1])
    for _attempt in range(2):
        with pytest.raises(CommandError, match=words):
            call_command("restore_shop", str(folder), *more, verbosity=0)
    assert _all_there_is(folder.parents[1]) == before


def test_a_schema_without_a_row_is_not_given_up_unasked(kept):
    alder, folder = kept
    _take_away(alder, schema_too=False)

    _is_refused(folder, words="--replace")
    call_command("restore_shop", str(folder), "--replace", verbosity=0)

    with context.in_public():
        assert _tagline(Shop.objects.get(subdomain="alder")) == "As it was"


def test_a_shop_whose_address_is_anothers_is_given_another(kept, client, monkeypatch):
    alder, folder = kept
    _take_away(alder)
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
    call_command("backup_shop", "alder", str(tmp_path / "two"), verbosity=0)
    [folder] = (tmp_path / "two").iterdir()
    _take_away(alder)
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
    before = _digests()
    for archive in DAMAGED.values():
        (folder / "media.tar").unlink(missing_ok=True)
        if archive is not None:
            (folder / "media.tar").write_bytes(archive)
        with pytest.raises(CommandError, match=r"media\.tar"):
            call_command("restore_shop", str(folder), "--replace", verbosity=0)

    assert _digests() == before


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
    call_command("backup_shop", "alder", str(folder.parents[1] / "older"), verbosity=0)
    [older] = (folder.parents[1] / "older").iterdir()
    call_command("restore_shop", str(older), "--replace")

    assert "migrate" in capsys.readouterr().out


def test_a_damaged_copy_changes_nothing(kept):
    _alder, folder = kept
    whole = (folder / "schema.dump").read_bytes()
    (folder / "schema.dump").write_bytes(whole[: len(whole) // 2])
    before = _digests()

    with pytest.raises(CommandError, match="pg_restore"):
        call_command("restore_shop", str(folder), "--replace", verbosity=0)

    assert _digests() == before
