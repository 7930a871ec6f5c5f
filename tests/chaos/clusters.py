"""PostgreSQL's files with the test shops in them: made once, copied in a second."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import connection, connections
from support import database
from support.worker import database_url

from quickcart import services
from quickcart.services.postgres import Postgres


def copy_to(var: Path) -> None:
    """Put the files of a stopped PostgreSQL with the test shops under a folder."""
    source, target = Postgres(_prepared()).directory, Postgres(var).directory
    shutil.copytree(source, target)


@contextmanager
def pointed_at(url: str) -> Iterator[None]:
    """Make every connection of this process, in any thread, go to a database."""
    options = connections.databases["default"]
    place = urlsplit(url)
    there = {
        "HOST": place.hostname,
        "PORT": place.port,
        "USER": place.username,
        "PASSWORD": unquote(place.password or ""),
        "NAME": place.path.removeprefix("/"),
    }
    before = {key: options[key] for key in there}
    connections.close_all()
    options |= there
    connection.settings_dict |= there
    try:
        yield
    finally:
        connections.close_all()
        connection.set_schema_to_public()
        options |= before
        connection.settings_dict |= before


def _prepared() -> Path:
    """Return the folder of the prepared files; prepare them if there are none."""
    home = settings.VAR / "chaos"
    home.mkdir(parents=True, exist_ok=True)
    complete = home / f"prepared-{database.digest()}"
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            _prepare(complete)
    return complete


def _prepare(complete: Path) -> None:
    for outdated in complete.parent.glob("prepared-*"):
        shutil.rmtree(outdated)
    draft = complete.with_name(f"draft-{os.getpid()}")
    template = urlsplit(database_url())._replace(path=database.ensure_template())
    try:
        target = services.use(draft, valkey=False).database_url
        _pour(template.geturl(), into=target)
    finally:
        services.release(draft)
    # Another port for each copy.
    (Postgres(draft).directory / "port").unlink()
    draft.rename(complete)


def _pour(source: str, *, into: str) -> None:
    """Copy a database from one server to another."""
    dump = (settings.PG_DUMP, "--format=custom", "--compress=0", source)
    restore = Path(settings.PG_DUMP).with_name("pg_restore")
    with subprocess.Popen(dump, stdout=subprocess.PIPE) as dumping:
        subprocess.run(
            [restore, "--no-owner", "--dbname", into],
            stdin=dumping.stdout,
            check=True,
        )
    if dumping.returncode:
        raise subprocess.CalledProcessError(dumping.returncode, dump[0])
