"""Figures of a program that runs as several processes, added up.

A program's processes write their counters into files of one directory, named after
the main process, so that a new run begins at nothing and what a killed run left is
known and removed. Processes come and go (they are recycled); what those that are
gone have counted is folded into one file, or a scrape would read more each day.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    return directory


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
        if not (read_mode or _is_reserved(Path(filename), ROOM)):
            Path(filename).unlink(missing_ok=True)
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
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _fold(shared)
        yield sorted(str(path) for path in shared.glob("*.db"))


def processes(shared: Path) -> set[int]:
    """Return the live processes that have counted something."""
    pids = {_pid(path) for path in shared.glob("*.db")}
    return {int(pid) for pid in pids if pid != FOLDED and _is_alive(pid)}


def _fold(shared: Path) -> None:
    for path in shared.glob("*.db"):
        kind, pid = path.stem.partition("_")[0], _pid(path)
        if pid == FOLDED or _is_alive(pid):
            continue
        if kind != "gauge":  # of what is at the moment, the dead have nothing
            _add(path, to=shared / f"{kind}_{FOLDED}.db")
        path.unlink(missing_ok=True)


def _add(path: Path, *, to: Path) -> None:
    from prometheus_client import mmap_dict

    files: Any = mmap_dict.MmapedDict  # untyped
    total = files(str(to))
    try:
        for key, value, _timestamp, _position in files.read_all_values_from_file(
            str(path)
        ):
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
