"""Backups give back what was there: the whole network, and one shop alone."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from support import deployment
from support.worker import wait_until

from quickcart.backup import digests, network, rehearsal, tools
from quickcart.backup import shop as shop_backup
from quickcart.backup.digests import Digest
from quickcart.services.postgres import Postgres
from storefront.profile.models import ShopProfile
from tenants import context, hosts
from tenants.models import Shop

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)

# The whole network


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Postgres]:
    """A server of the test's own, with two schemas that hold something."""
    folder = tmp_path_factory.mktemp("cluster")
    folder.chmod(0o755)
    server = Postgres(folder)
    (folder / "log").mkdir()
    server.ensure()
    try:
        with _cursor(server) as cursor:
            for schema in ("shop_a", "shop_b"):
                cursor.execute(f"CREATE SCHEMA {schema}")
                cursor.execute(
                    f"CREATE TABLE {schema}.orders AS SELECT n AS id, md5(n::text) AS "
                    "name, now() AS at FROM generate_series(1, 2000) AS n"
                )
        yield server
    finally:
        server.stop()


@contextmanager
def _cursor(server: Postgres) -> Iterator["psycopg2.extensions.cursor"]:
    with closing(psycopg2.connect(server.url())) as opened:
        opened.autocommit = True
        with opened.cursor() as cursor:
            yield cursor


def _manage(server: Postgres, *arguments: str) -> subprocess.CompletedProcess[str]:
    told = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "quickcart.settings.local",
        "DATABASE_URL": server.url(),
        "QUICKCART_VAR": str(server.var),
    }
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command,
        cwd=deployment.ROOT,
        env=told,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_restored_network_is_the_running_one(cluster):
    media = cluster.var / "media" / "shop_a"
    media.mkdir(parents=True, exist_ok=True)
    (media / "picture.webp").write_bytes(b"picture")
    (cluster.var / "last-backup").unlink(missing_ok=True)

    done = _manage(cluster, "rehearse_restore")

    assert done.returncode == 0, done.stderr
    # How many rows there are depends on who has been selling.
    assert re.search(r"2 tables with \d{4} rows and 1 files", done.stdout)
    assert "Everything is the same." in done.stdout
    # A rehearsal is no backup: who watches their age must not be told so.
    assert not (cluster.var / "last-backup").exists()


def test_a_network_that_goes_on_selling_is_restored_as_well(cluster):
    stop = threading.Event()

    def sell() -> None:
        with _cursor(cluster) as cursor:
            while not stop.wait(0.01):
                cursor.execute("INSERT INTO shop_a.orders VALUES (0, 'sold', now())")

    seller = threading.Thread(target=sell)
    seller.start()
    try:
        done = _manage(cluster, "rehearse_restore")
    finally:
        stop.set()
        seller.join()

    assert done.returncode == 0, done.stderr
    assert "1 tables changed meanwhile" in done.stdout


def test_backups_are_kept_and_let_go(cluster, tmp_path):
    for _number in range(2):
        done = _manage(cluster, "backup", str(tmp_path), "--keep", "1")
        assert done.returncode == 0, done.stderr

    [folder] = tmp_path.iterdir()
    assert sorted(path.name for path in folder.iterdir()) == ["base", "media.tar"]
    assert folder.stat().st_mode & 0o077 == 0


def test_what_was_sold_after_the_backup_is_in_the_log(cluster, tmp_path, monkeypatch):
    """The handbook's way: the copy, then the archived log to its end."""
    archive = tmp_path / "archive"
    archive.mkdir()
    shipped = (deployment.DOCKER / "postgres/postgresql.conf").read_text()
    [command] = re.findall(r"^archive_command = '(.*)'$", shipped, re.MULTILINE)
    with _cursor(cluster) as cursor:
        own = command.replace("/archive/", f"{archive}/")
        cursor.execute("ALTER SYSTEM SET archive_command = %s", [own])
        cursor.execute("ALTER SYSTEM SET archive_mode = 'on'")
    cluster.stop()
    cluster.ensure()
    done = _manage(cluster, "backup", str(tmp_path / "backups"))
    assert done.returncode == 0, done.stderr
    with _cursor(cluster) as cursor:
        cursor.execute(
            "INSERT INTO shop_b.orders VALUES (0, 'after the backup', now())"
        )
        cursor.execute("SELECT pg_walfile_name(pg_switch_wal())")
        piece = cursor.fetchone()[0]
    wait_until((archive / piece).exists, seconds=60, what=piece)

    [backup] = network.finished(tmp_path / "backups")
    workplace = tmp_path / "restored"
    rehearsal.unpack(backup, workplace)
    with (workplace / "data/postgresql.auto.conf").open("a") as settings:
        settings.write(f"restore_command = 'cp {archive}/%f %p'\n")
    (workplace / "data/recovery.signal").touch()
    address = urlsplit(cluster.url())
    monkeypatch.setattr(
        rehearsal,
        "_connect",
        lambda port: psycopg2.connect(
            address._replace(
                netloc=f"{address.netloc.rpartition(':')[0]}:{port}"
            ).geturl()
        ),
    )
    with (
        rehearsal.serving(workplace) as port,
        closing(rehearsal._connect(port)) as restored,
        restored.cursor() as cursor,
    ):
        cursor.execute("SELECT count(*) FROM shop_b.orders WHERE id = 0")
        assert cursor.fetchone() == (1,)


def test_a_backup_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def fail(target):
        (target / "half").mkdir(parents=True)
        raise tools.BackupError("no room")

    monkeypatch.setattr(network, "_copy_server", fail)

    with pytest.raises(tools.BackupError):
        network.take(into=tmp_path, now=NOW, tell=print)

    assert list(tmp_path.iterdir()) == []


def test_what_is_being_made_is_not_pruned(tmp_path, monkeypatch):
    """Two runs at once: neither deletes the other's; what a killed one left goes."""
    left = tmp_path / f"20200101T000000Z{network.UNFINISHED}"
    left.mkdir()
    monkeypatch.setattr(network, "_copy_server", lambda target: target.mkdir())
    monkeypatch.setattr(
        network, "pack", lambda source, target: network.prune(tmp_path, keep=1)
    )

    made = network.take(into=tmp_path, now=NOW, tell=print)

    assert [backup.folder for backup in network.finished(tmp_path)] == [made.folder]
    assert not left.exists()


def test_two_at_the_same_second_do_not_take_each_others_folder(tmp_path, monkeypatch):
    theirs = tmp_path / f"{NOW:%Y%m%dT%H%M%SZ}{network.UNFINISHED}"
    theirs.mkdir()

    with pytest.raises(tools.BackupError):
        network.take(into=tmp_path, now=NOW, tell=print)

    assert theirs.exists()


def _compared(**databases: digests.Digests) -> rehearsal.Report:
    report = rehearsal.Report()
    rehearsal.compare(report=report, **databases)
    return report


@pytest.mark.parametrize(
    "restored",
    [
        {"a.t": Digest(3, 8)},
        {"a.t": Digest(2, 7)},
        {},
        {"a.t": Digest(3, 7), "b.t": Digest(0, 0)},
    ],
    ids=["a row changed", "a row lost", "a table lost", "a table too many"],
)
def test_a_difference_is_found(restored):
    same = {"a.t": Digest(3, 7)}

    assert _compared(before=same, after=same, restored=same).different == []
    assert _compared(before=same, after=same, restored=restored).different


def test_what_moved_may_have_moved_no_further_than_it_did():
    before, after = {"a.t": Digest(3, 7)}, {"a.t": Digest(9, 70)}
    judged = {
        rows: _compared(
            before=before, after=after, restored={"a.t": Digest(rows, 1)}
        ).different
        for rows in (2, 5, 10)
    }

    assert judged == {2: ["a.t"], 5: [], 10: ["a.t"]}


# One shop


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
