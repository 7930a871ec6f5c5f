"""What must be in place before the programs start: services, schemas, demo, files."""

# ruff: noqa: S603 (no shell, and nothing in a command comes from outside)

import contextlib
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

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
    with gathering_static_files(config):
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


@contextlib.contextmanager
def gathering_static_files(config: Config) -> Iterator[None]:
    """Gather static files beside the body, unless those of last time still hold.

    Raises:
        LauncherError: it failed.
    """
    stamp = config.var / "static.stamp"
    digest = static_digest(toolchain.ROOT)
    if (config.var / "static").is_dir() and _read(stamp) == digest:
        yield
        return
    options = ("--noinput", "--clear", "--verbosity", "0")
    with manage(config, "collectstatic", *options) as job:
        # Compressing hundreds of files must not slow down what others wait for.
        os.setpriority(os.PRIO_PROCESS, job.process.pid, 10)
        yield
        with console.step("Static files"):
            job.finish()
    stamp.write_text(digest)


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def static_digest(root: Path) -> str:
    """Return a digest of what collectstatic would gather."""
    digest = hashlib.sha256((root / "requirements.txt").read_bytes())
    for name in sorted(_static_files(root)):
        status = name.stat()
        digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _static_files(root: Path) -> list[Path]:
    found: list[Path] = []
    for directory, directories, files in os.walk(root):
        directories[:] = [
            name
            for name in directories
            if not name.startswith(".") and name not in ("var", "node_modules")
        ]
        if "static" in Path(directory).relative_to(root).parts:
            found += [Path(directory) / name for name in files]
    return found
