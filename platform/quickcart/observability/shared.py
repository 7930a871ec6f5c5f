"""Figures of a program that runs as several processes, added up.

A program's processes write their counters into files of one directory, named after
the main process, so that a new run begins at nothing and what a killed run left is
known and removed. Processes come and go (they are recycled); what those that are
gone have counted is folded into one file whenever a process begins and whenever
somebody asks, or their files would fill the disk and a scrape read more each day.
"""

import contextlib
import fcntl
import logging
import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
#: Bytes for the figures of one kind of one process: more than all our views take.
ROOM = 1 << 20
FOLDED = "0"


def share(root: Path, program: str, *, main: int) -> Path:
    """Have this process and those forked from it write below `root`.

    Must be called before anything imports prometheus_client, which looks once.
    """
    _remove_dead(root)
    directory = root / f"{program}-{main}-{_started(main)}"
    directory.mkdir(parents=True, exist_ok=True)
    os.environ[VARIABLE] = str(directory)
    _reserve_space()
    fold()
    return directory


def fold() -> None:
    """Fold what ended processes left; every process that begins does.

    It neither waits for another that is at it nor keeps the process from beginning.
    """
    shared = directory()
    if shared is None:
        return
    try:
        with _alone(shared, waits=False):
            _fold(shared)
    except BlockingIOError:
        return
    except OSError as error:
        logger.warning("figures of ended processes are not folded: %s", error)


def _reserve_space() -> None:
    """Have a file's blocks there before anything is written into it.

    The files are mapped: who writes where a full disk has no block is killed (SIGBUS).
    A process that begins while there is no room counts for itself alone.
    """
    from prometheus_client import mmap_dict

    files: Any = mmap_dict.MmapedDict  # untyped
    if hasattr(files, "opened"):
        return
    files.opened = files.__init__

    def open_with_space(self: Any, filename: str, read_mode: bool = False) -> None:
        path = Path(filename)
        has_space = read_mode or _pid(path) == FOLDED or _is_reserved(path, ROOM)
        if not has_space:
            path.unlink(missing_ok=True)
            filename = f"/proc/self/fd/{os.memfd_create('figures')}"
        files.opened(self, filename, read_mode)

    files.__init__ = open_with_space


def _is_reserved(path: Path, size: int) -> bool:
    """Give a file so many blocks; say whether the disk has them."""
    try:
        with path.open("ab") as file:
            os.posix_fallocate(file.fileno(), 0, size)
    except OSError:
        return False
    return True


def directory() -> Path | None:
    """Return where this program's processes write; None: they do not share."""
    path = os.environ.get(VARIABLE)
    return Path(path) if path else None


@contextlib.contextmanager
def reading(shared: Path) -> Iterator[list[str]]:
    """Yield the files to add up, those of ended processes folded, alone."""
    with _alone(shared, waits=True):
        _fold(shared)
        yield sorted(str(path) for path in shared.glob("*.db"))


@contextlib.contextmanager
def _alone(shared: Path, *, waits: bool) -> Iterator[None]:
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield
        finally:
            # Closing is not enough: who was forked meanwhile has it open, too.
            fcntl.flock(lock, fcntl.LOCK_UN)


def processes(shared: Path) -> set[int]:
    """Return the live processes that have counted something."""
    pids = {_pid(path) for path in shared.glob("*.db")}
    return {int(pid) for pid in pids if pid != FOLDED and _is_alive(pid)}


def main_process() -> int | None:
    """Return the main process of this program; None: its processes do not share."""
    shared = directory()
    return int(shared.name.rsplit("-", 2)[1]) if shared else None


def begun_at(pid: int) -> float:
    """Return when a process began, in seconds since 1970."""
    [booted] = [
        line.split()[1]
        for line in Path("/proc/stat").read_text().splitlines()
        if line.startswith("btime ")
    ]
    return int(booted) + int(_started(pid)) / os.sysconf("SC_CLK_TCK")


def _fold(shared: Path) -> None:
    for path in sorted(shared.glob("*.db")):
        kind, pid = path.stem.partition("_")[0], _pid(path)
        if pid == FOLDED or _is_alive(pid):
            continue
        if kind != "gauge":  # of what is at the moment, the dead have nothing
            _take_over(path, to=shared / f"{kind}_{FOLDED}.db")
        path.unlink(missing_ok=True)


def _take_over(path: Path, *, to: Path) -> None:
    from prometheus_client import mmap_dict

    files: Any = mmap_dict.MmapedDict  # untyped
    try:
        counted = [*files.read_all_values_from_file(str(path))]
    except (struct.error, RuntimeError, ValueError) as error:
        # Its process was killed while it made the file.
        logger.warning("%s cannot be read: %s", path.name, error)
        return
    if not counted:
        return  # begun and no more, whatever its first bytes say of its length
    if not to.exists():
        path.rename(to)  # its blocks are there, and a full disk has no others
        return
    total = files(str(to))
    try:
        for key, value, _timestamp, _position in counted:
            total.write_value(key, total.read_value(key)[0] + value, 0.0)
    finally:
        total.close()


def _remove_dead(root: Path) -> None:
    for path in root.glob("*-*-*"):
        _program, pid, started = path.name.rsplit("-", 2)
        if not _is_alive(pid) or _started(int(pid)) != started:
            shutil.rmtree(path, ignore_errors=True)


def _pid(path: Path) -> str:
    return path.stem.rpartition("_")[2]


def _is_alive(pid: str) -> bool:
    return Path("/proc", pid).exists()


def _started(pid: int) -> str:
    """Return when a process was started: numbers are used again."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "0"
    return stat.rpartition(")")[2].split()[19]
