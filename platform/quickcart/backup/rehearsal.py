"""Restore a backup beside the running network and compare the two, row by row.

The network goes on meanwhile. What did not change while the backup was taken must be
the same in the restored server, to the last byte; what did is counted as moving, and
must hold no fewer rows than before and no more than after, deletions apart.
"""

# ruff: noqa: S603 (no shell, and nothing in a command comes from outside)

import shutil
import signal
import socket
import subprocess
import tarfile
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
from django.conf import settings
from django.db import connection

from kernel import programs
from quickcart.backup import digests, network, tools
from quickcart.services import account, binaries

PATIENCE = 600.0
LOOPBACK = "127.0.0.1"


@dataclass
class Report:
    """What a restore gave back."""

    tables: int = 0
    rows: int = 0
    files: int = 0
    moving: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    seconds: float = 0.0


def now_in_database() -> digests.Digests:
    """Return what is in the running database."""
    with connection.cursor() as cursor:
        return digests.of_database(cursor)


def compare(
    *,
    before: digests.Digests,
    after: digests.Digests,
    restored: digests.Digests,
    report: Report,
) -> None:
    """Judge a restored database by what was in the running one around its backup."""
    for table in sorted(before.keys() | after.keys() | restored.keys()):
        old, new, found = before.get(table), after.get(table), restored.get(table)
        if old == new:
            if found != old:
                report.different.append(table)
        else:
            report.moving.append(table)
            if old and new and not (found and _is_between(found.rows, old, new)):
                report.different.append(table)
    report.tables = len(restored)
    report.rows = sum(digest.rows for digest in restored.values())


def _is_between(rows: int, old: digests.Digest, new: digests.Digest) -> bool:
    return min(old.rows, new.rows) <= rows <= max(old.rows, new.rows)


def rehearse(
    *, backup: network.Backup, before: digests.Digests, workplace: Path
) -> Report:
    """Restore a backup that was just taken, in `workplace`, and compare.

    Args:
        before: what was in the database when the backup began.
        workplace: a folder that is made, with room for the whole network.

    Raises:
        BackupError: it cannot be restored at all.
    """
    report = Report()
    began = time.monotonic()
    unpack(backup, workplace)
    with serving(workplace) as port:
        report.seconds = time.monotonic() - began
        with closing(_connect(port)) as server, server.cursor() as cursor:
            restored = digests.of_database(cursor)
    compare(before=before, after=now_in_database(), restored=restored, report=report)
    _compare_files(workplace / "media", report)
    return report


def unpack(backup: network.Backup, workplace: Path) -> None:
    """Lay a backup out as a data directory and a folder of media.

    Raises:
        BackupError: it is damaged, or there is no room for it.
    """
    workplace.mkdir(mode=0o700)
    data = workplace / "data"
    data.mkdir(mode=0o700)
    targets = data, data / "pg_wal", workplace / "media"
    for name, target in zip(backup.archives, targets, strict=True):
        try:
            with tarfile.open(name) as archive:
                # As our own files, whoever's they were where the server runs.
                archive.extractall(target, filter="data")
        except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
            raise tools.BackupError(f"{name} cannot be unpacked: {error}") from error


def _compare_files(restored: Path, report: Report) -> None:
    """Every file that was restored must be the running network's, or be gone there."""
    running = digests.of_folder(Path(settings.MEDIA_ROOT))
    found = digests.of_folder(restored)
    report.files = len(found)
    report.different += [
        f"file {name}"
        for name, digest in found.items()
        if running.get(name, digest) != digest
    ]
    lost = len(running.keys() - found.keys())
    if lost and not report.moving:
        report.different.append(f"{lost} files are missing")


@contextmanager
def serving(workplace: Path) -> Iterator[int]:
    """Run a server on the restored data, for this machine only; yield its port.

    Raises:
        BackupError: it does not start; with the end of what it said.
    """
    who = _account_for(workplace)
    who.own(workplace)
    program = binaries.program(binaries.POSTGRES, account=who, home=workplace)
    (workplace / "rehearsal.conf").write_text("")
    (workplace / "pg_hba.conf").write_text(
        f"host all all {LOOPBACK}/32 scram-sha-256\n"
    )
    for path in workplace.glob("*.conf"):
        path.chmod(0o644)
    port = _free_port()
    options = {
        "config_file": workplace / "rehearsal.conf",
        "hba_file": workplace / "pg_hba.conf",
        "listen_addresses": LOOPBACK,
        "port": port,
        "unix_socket_directories": "",
        "max_locks_per_transaction": 1024,
        "archive_mode": "off",
        # Nobody asks before it is whole; so it may be smaller than the running one.
        "hot_standby": "off",
    }
    command = [str(program), "-D", str(workplace / "data")]
    command += [f"--{name}={value}" for name, value in options.items()]
    log = workplace / "postgres.log"
    with (
        log.open("wb") as said,
        subprocess.Popen(
            who.command(command),
            cwd=workplace,
            env=programs.environment(),
            stdout=said,
            stderr=said,
            **who.identity(),
        ) as process,
    ):
        try:
            _wait_for(port, process, log)
            yield port
        finally:
            # Whoever is still connected is sent away. An interruption does not wait
            # for programs by itself.
            process.send_signal(signal.SIGINT)
            process.wait()


def _account_for(workplace: Path) -> account.Account:
    for who in account.candidates(workplace):
        if who.can_enter(workplace.parent):  # itself it will be given
            return who
    raise tools.BackupError(
        f"No account that may run PostgreSQL can enter {workplace}."
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _connect(port: int) -> Any:
    """Connect as the application does: the accounts are restored too."""
    parameters = connection.get_connection_params()
    return psycopg2.connect(
        host=LOOPBACK,
        port=port,
        dbname=parameters["dbname"],
        user=parameters["user"],
        password=parameters["password"],
        connect_timeout=5,
    )


def address(port: int) -> str:
    """Return the restored server's DATABASE_URL."""
    parameters = connection.get_connection_params()
    user, password, name = (
        quote(str(parameters[part]), safe="") for part in ("user", "password", "dbname")
    )
    return f"postgres://{user}:{password}@{LOOPBACK}:{port}/{name}"


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            _connect(port).close()
        except psycopg2.OperationalError:
            time.sleep(0.1)
        else:
            return
    said = log.read_text(errors="replace")[-2000:]
    raise tools.BackupError(f"The restored server does not start:\n{said}")


def clear(workplace: Path) -> None:
    """Delete what a rehearsal laid out."""
    shutil.rmtree(workplace, ignore_errors=True)
