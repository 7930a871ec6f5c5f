"""What must be in place before the programs start: services, schemas, demo, files."""

# ruff: noqa: S603 (no shell, and nothing in a command comes from outside)

import subprocess
import sys

from quickcart import services

from . import console, toolchain
from .config import Config
from .errors import LauncherError


def prepare(config: Config) -> None:
    """Bring everything to the state this version of the code needs.

    Every step looks first whether it is needed, so that a second start is quick.

    Raises:
        LauncherError: a step failed; carries what it said.
        ServiceError: an embedded server cannot run.
    """
    title = "PostgreSQL and Valkey" if config.is_embedded else "Addresses"
    with console.step(title):
        services.ensure_environment(toolchain.ROOT)
    lay_ground(config)


def manage(config: Config, *arguments: str) -> console.Job:
    """Start a management command.

    Raises:
        LauncherError: it could not be started.
    """
    return console.Job(
        [toolchain.PYTHON, toolchain.ROOT / "manage.py", *arguments],
        env=config.environment(),
        cwd=toolchain.ROOT,
    )


def lay_ground(config: Config) -> None:
    """Bring schemas and demo up to date, in a process that shows its own steps.

    Raises:
        LauncherError: it failed, and has said why.
    """
    sys.stdout.flush()
    with subprocess.Popen(
        [toolchain.PYTHON, "-m", "quickcart.launcher.ground"],
        env=config.environment(),
        cwd=toolchain.ROOT,
        stdin=subprocess.DEVNULL,
    ) as process:
        try:
            status = process.wait()
        except BaseException:
            process.terminate()
            raise
    if status:
        raise LauncherError(
            "The database could not be prepared.",
            "What was done is kept: mend the cause above and run the command again.",
        )
