"""What the handbook has people type, above all when everything is lost, typed.

Its blocks run as they stand, in a folder of the test's own: what would start or stop
something only notes that it was called.
"""

import os
import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from support import handbook

NAME = "20260411T033000Z"
#: A container of ours is its command, and so is another account.
STUBS = {
    "docker": """
        case "$*" in *" exec "*) echo f; exit;; *" run "*) ;; *) exit;; esac
        while [ "$1" != backup ] && [ "$1" != postgres ]; do
            [ "$1" != --entrypoint ] || program=$2
            shift
        done
        shift
        exec $program "$@"
    """,
    "sudo": "echo f",
    "install": 'for last; do :; done; mkdir -p "$last"',
    **dict.fromkeys(["chown", "systemctl", "valkey-cli"], ""),
}


@dataclass(frozen=True)
class Way:
    """One of the two ways to put QuickCart online."""

    block: int
    backups: str
    data: str

    @property
    def written(self) -> str:
        blocks = handbook.blocks("### Restore everything")
        [target] = [block for block in blocks if "recovery_target_time = " in block]
        restore_command = re.compile(r"^ *echo \"restore_command = .*\n", re.MULTILINE)
        return restore_command.sub(lambda line: line[0] + target, blocks[self.block])


WAYS = {
    "containers": Way(0, "backup", "var/lib/postgresql/18/docker"),
    "Debian": Way(1, "var/backups/quickcart", "var/lib/postgresql/18/main"),
}


def _put(folder: Path, stubs: dict[str, str]) -> None:
    (folder / "bin").mkdir()
    for name, script in stubs.items():
        stub = folder / "bin" / name
        stub.write_text(f'#!/bin/bash\necho {name} "$@" >> {folder}/called\n{script}')
        stub.chmod(0o755)


def _run(
    script: str, folder: Path, **options: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **options,
    )


@pytest.fixture(params=WAYS)
def way(request, tmp_path) -> Way:
    """One of the ways, with data that run, and a backup of others."""
    way = WAYS[request.param]
    (tmp_path / way.data).mkdir(parents=True)
    (tmp_path / way.data / "PG_VERSION").write_text("what ran")
    backup = tmp_path / way.backups / NAME
    (backup / "base").mkdir(parents=True)
    (tmp_path / "saved/pg_wal").mkdir(parents=True)
    (tmp_path / "saved/PG_VERSION").write_text("what was saved")
    for name in ("base/base.tar.gz", "base/pg_wal.tar.gz", "media.tar"):
        with tarfile.open(backup / name, "w:gz" if "gz" in name else "w") as archive:
            archive.add(tmp_path / "saved", arcname=".")
    _put(tmp_path, STUBS)
    return way


def _typed(way: Way, folder: Path, *, name: str) -> "subprocess.CompletedProcess[str]":
    block = way.written.replace("BACKUP", name)
    for place in ("/backup/", '/backup"', "/archive", "/var/"):
        block = re.sub(rf"(?<![\w.}}]){re.escape(place)}", f"{folder}{place}", block)
    return _run(block, folder)


def test_everything_is_restored_and_what_there_was_is_kept(way, tmp_path):
    done = _typed(way, tmp_path, name=NAME)

    assert done.returncode == 0, done.stderr
    data = tmp_path / way.data
    assert (data / "PG_VERSION").read_text() == "what was saved"
    assert (data.parent / "before/PG_VERSION").read_text() == "what ran"
    assert (data / "recovery.signal").exists()
    settings = (data / "postgresql.auto.conf").read_text().splitlines()
    assert re.fullmatch(r"restore_command = 'cp \S+/archive/%f %p'", settings[0])
    assert settings[1:] == [
        "recovery_target_time = '2026-04-11 09:41:00+00'",
        "recovery_target_action = promote",
    ]
    assert (tmp_path / "var/lib/quickcart/media/PG_VERSION").exists()


@pytest.mark.parametrize("missing", ["base/base.tar.gz", "media.tar", "name", "before"])
def test_without_a_whole_backup_nothing_is_touched(way, tmp_path, missing):
    if missing == "before":
        (tmp_path / way.data).with_name("before").mkdir()
    elif missing != "name":
        (tmp_path / way.backups / NAME / missing).unlink()

    done = _typed(way, tmp_path, name="20260412" if missing == "name" else NAME)

    assert done.returncode != 0
    assert (tmp_path / way.data / "PG_VERSION").read_text() == "what ran"
    called = tmp_path / "called"
    said = called.read_text() if called.exists() else ""
    assert not re.search(r"\b(stop|down|rm --force|FLUSHALL)\b", said)


def test_a_file_can_be_sent_into_a_container(tmp_path):
    [install] = [
        block
        for block in handbook.blocks("## Install with containers")
        if "()" in block
    ]
    function = install[install.index("quickcart() {") :]
    _put(tmp_path, {**STUBS, "python": "cat"})

    done = _run(f"{function}quickcart load_products clover -", tmp_path, input="sku\n")

    assert done.stdout == "sku\n", done.stderr
    run, python = (tmp_path / "called").read_text().splitlines()
    assert "-T" in run.split()
    assert python == "python manage.py load_products clover -"
