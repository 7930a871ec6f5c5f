"""PostgreSQL's own programs, of the server's version, and how they reach the server."""

# ruff: noqa: S603 (no shell, and nothing in a command comes from outside)

import subprocess
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import connection

from kernel import programs


class BackupError(RuntimeError):
    """A backup or a restore could not be made; the message says why."""


def program(name: str) -> Path:
    """Return one of PostgreSQL's programs: those beside pg_dump are of its version."""
    return Path(settings.PG_DUMP).with_name(name)


def server() -> list[str]:
    """Return the words that name the server of the connection to those programs."""
    parameters = connection.get_connection_params()
    return [
        f"--host={parameters.get('host', '')}",
        f"--port={parameters.get('port', '')}",
        f"--username={parameters.get('user', '')}",
    ]


def run(command: Sequence[str | Path]) -> str:
    """Run a program to its end; return what it said.

    Raises:
        BackupError: it failed, or is not there; in its own words.
    """
    password = str(connection.get_connection_params().get("password", ""))
    try:
        done = subprocess.run(
            [*map(str, command)],
            env=programs.environment(PGPASSWORD=password),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise BackupError(f"{command[0]}: {error.strerror}") from error
    if done.returncode:
        raise BackupError(f"{Path(command[0]).name}: {done.stderr.strip()[-2000:]}")
    return done.stdout
