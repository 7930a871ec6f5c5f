"""Backups give back what was there: the whole network."""

import os
import re
import signal
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
from django.core.management import CommandError, call_command
from support import deployment
from support.worker import wait_until

from quickcart.backup import digests, network, rehearsal
from quickcart.backup.digests import Digest
from quickcart.services.postgres import Postgres

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
PATIENCE = 120


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Postgres]:
    """A server of the test's own, with two schemas that hold something, and a picture."""
    folder = tmp_path_factory.mktemp("cluster")
    folder.chmod(0o755)
    (folder / "media/shop_a").mkdir(parents=True)
    (folder / "media/shop_a/picture.webp").write_bytes(b"picture")
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
    return subprocess.run(
        _command(*arguments),
        cwd=deployment.ROOT,
        env=_told(server),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@contextmanager
def _started(server: Postgres, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a command beside the test, for two minutes at most."""
    with subprocess.Popen(
        # Whoever runs the tests may have been told nohup.
        ["env", "--default-signal", *_command(*arguments)],
        cwd=deployment.ROOT,
        env=_told(server),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        patience = threading.Timer(PATIENCE, running.kill)
        patience.start()
        try:
            yield running
        finally:
            running.terminate()
            running.wait()
            patience.cancel()


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]


def _told(server: Postgres) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "quickcart.settings.local",
        "DATABASE_URL": server.url(),
        "QUICKCART_VAR": str(server.var),
    }


def test_a_restored_network_is_the_running_one(cluster):
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


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP])
def test_an_older_backup_runs_beside_until_it_is_stopped(cluster, tmp_path, end):
    done = _manage(cluster, "backup", str(tmp_path / "backups"))
    assert done.returncode == 0, done.stderr
    [backup] = network.finished(tmp_path / "backups")
    before = digests.of_folder(backup.folder)
    place = tmp_path / "workplace"
    place.mkdir()

    with (
        _a_table_more(cluster),
        _started(
            cluster,
            *("rehearse_restore", "--backup", str(backup.folder), "--keep-running"),
            *("--workplace", str(place)),
        ) as running,
    ):
        said = _until(running, "QUICKCART_VAR")
        told = _exported(said)
        assert (Path(told["QUICKCART_VAR"]) / "media").is_dir()
        _assert_private(told, said)
        with closing(psycopg2.connect(told["DATABASE_URL"])) as beside:
            with beside.cursor() as cursor:
                cursor.execute("SELECT to_regclass('shop_b.orders') IS NOT NULL")
                assert cursor.fetchone() == (True,)
                cursor.execute("SELECT to_regclass('shop_b.later')")
                assert cursor.fetchone() == (None,)
            for _shell_and_kernel in range(
                2
            ):  # with somebody in the middle of something
                running.send_signal(end)
            assert running.wait(60) == 0, running.stdout.read()

    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(told["DATABASE_URL"])
    assert list(place.iterdir()) == []
    assert digests.of_folder(backup.folder) == before


def _exported(said: str) -> dict[str, str]:
    """Return what a shell makes of the lines that are to be entered."""
    lines = [line for line in said.splitlines() if "export " in line]
    show = 'printf \'%s\\n\' "$DATABASE_URL_FILE" "$DATABASE_URL" "$QUICKCART_VAR"'
    shown = subprocess.check_output(
        ["bash", "-c", "\n".join([*lines, show])], text=True
    )
    names = ("DATABASE_URL_FILE", "DATABASE_URL", "QUICKCART_VAR")
    return dict(zip(names, shown.splitlines(), strict=True))


def _assert_private(told: dict[str, str], said: str) -> None:
    """Neither who looks over a shoulder nor who has an account here sees anything."""
    password = urlsplit(told["DATABASE_URL"]).password
    assert password
    assert password not in said
    file, copy = Path(told["DATABASE_URL_FILE"]), Path(told["QUICKCART_VAR"])
    assert file.stat().st_mode & 0o077 == copy.stat().st_mode & 0o077 == 0
    assert copy.parent.stat().st_mode & 0o066 == 0


@contextmanager
def _a_table_more(server: Postgres) -> Iterator[None]:
    with _cursor(server) as cursor:
        cursor.execute("CREATE TABLE shop_b.later AS SELECT 1")
        try:
            yield
        finally:
            cursor.execute("DROP TABLE shop_b.later")


def _until(running: "subprocess.Popen[str]", what: str) -> str:
    said = ""
    for line in running.stdout:
        said += line
        if what in line:
            return said
    raise AssertionError(said)


def test_what_is_no_backup_is_not_restored(tmp_path):
    for folder, reason in (
        (tmp_path / "nowhere", "no finished backup"),
        (tmp_path, "no finished backup"),
        (tmp_path / "damaged", "cannot be unpacked"),
        (tmp_path / f"damaged{network.UNFINISHED}", "no finished backup"),
    ):
        if "damaged" in folder.name:
            (folder / "base").mkdir(parents=True)
            for archive in network.Backup(folder).archives:
                archive.write_bytes(b"\x1f\x8b half a")
        with pytest.raises(CommandError, match=reason):
            call_command("rehearse_restore", backup=folder, keep_running=True)
    with pytest.raises(CommandError, match="go together"):
        call_command("rehearse_restore", backup=tmp_path)


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
