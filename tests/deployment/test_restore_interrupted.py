"""A restore that is killed costs nothing: neither what was there nor the next one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from support import backups, worker

from quickcart.backup import shop as shop_backup
from storefront.profile.models import ShopProfile
from tenants import context

KILLED = """
import os, signal, sys
import django
django.setup()
from django.core.management import call_command
from quickcart.backup import shop
shop._unpack = lambda *_told: os.kill(os.getpid(), signal.SIGKILL)
call_command("restore_shop", sys.argv[1], "--replace", verbosity=0)
"""


@pytest.fixture
def restored_to(kept):
    """A backup of alder, whose people have gone on working since."""
    alder, folder = kept
    with context.inside(alder):
        ShopProfile.objects.update(tagline="Since then")
    return alder, folder


def _restore(folder: Path) -> None:
    call_command("restore_shop", str(folder), "--replace", verbosity=0)


def _restore_and_be_killed(folder: Path) -> None:
    """Have a process restore a shop that is killed when its tables are loaded."""
    paths = (str(worker.ROOT / path) for path in ("", "platform", "tests"))
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder)],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "quickcart.settings.test",
            "PYTHONPATH": os.pathsep.join(paths),
            "DATABASE_URL": worker.database_url(),
            "QUICKCART_VAR": str(folder.parents[1] / "var"),
        },
        check=False,
    )
    assert done.returncode == -signal.SIGKILL


def _schemas_like(name: str) -> set[str]:
    with context.in_public(), connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ %s", [name])
        return {found for (found,) in cursor.fetchall()}


def test_what_was_there_before_a_killed_restore_outlives_the_next(restored_to):
    alder, folder = restored_to
    _restore_and_be_killed(folder)
    assert backups.tagline(alder) == "As it was"
    _restore_and_be_killed(folder)
    dump = folder / "schema.dump"
    dump.write_bytes(dump.read_bytes()[:1000])

    with pytest.raises(CommandError, match="pg_restore"):
        _restore(folder)

    assert backups.tagline(alder) == "Since then"
    assert _schemas_like(alder.schema_name) == {alder.schema_name}


def test_a_killed_restore_is_done_by_the_next(restored_to):
    alder, folder = restored_to
    _restore_and_be_killed(folder)

    _restore(folder)

    assert backups.tagline(alder) == "As it was"
    assert _schemas_like(alder.schema_name) == {alder.schema_name}


def test_a_restore_that_is_interrupted_when_it_is_done_is_done(
    restored_to, monkeypatch
):
    alder, folder = restored_to
    unpack = shop_backup._unpack

    def be_interrupted():
        raise KeyboardInterrupt

    def unpack_and_then(*told):
        unpack(*told)
        transaction.on_commit(be_interrupted)

    monkeypatch.setattr(shop_backup, "_unpack", unpack_and_then)
    with pytest.raises(KeyboardInterrupt):
        _restore(folder)

    assert backups.tagline(alder) == "As it was"
    assert _schemas_like(alder.schema_name) == {alder.schema_name}
