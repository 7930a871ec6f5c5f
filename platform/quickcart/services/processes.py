"""Server processes: finding ours among all, starting them, ending them."""

# ruff: noqa: S603 (no shell, and nothing in a command comes from outside)

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath

from .account import Account

PROC = Path("/proc")
LOG_LIMIT = 10 * 1024 * 1024

# Popen objects of the servers we started: polled so that an ended server does not
# stay a zombie, kept so that Python does not complain of a child still running.
_children: dict[int, subprocess.Popen[bytes]] = {}


def find(program: str, mark: str) -> list[int]:
    """Return the processes of `program` whose command line carries `mark`.

    The command line is used because it is readable where the working directory is
    not: root in a container may not look into another user's process. A process that
    has ended but was not yet reaped has none, so it is not found.
    """
    found = []
    for child in list(_children.values()):
        child.poll()
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            line = (entry / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        # "postgres: TAG: writer" is how a backend names itself.
        name = PurePath(line.split("\0")[0].split(": ")[0]).name
        if name == program and mark in line:
            found.append(int(entry.name))
    return sorted(found)


def spawn(argv: Sequence[str | Path], *, account: Account, log: Path, cwd: Path) -> int:
    """Start a server that outlives this process; return its process id."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}
    with log.open("ab") as output:
        child = subprocess.Popen(
            account.command(argv),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=environment,
            # Ctrl-C in the terminal is for the program in front, not for servers.
            start_new_session=True,
            **account.identity(),
        )
    _children[child.pid] = child
    return child.pid


def has_ended(pid: int) -> bool:
    """Say whether the process is gone (reaping it if it is our child)."""
    if (child := _children.get(pid)) is not None and child.poll() is not None:
        del _children[pid]
        return True
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return True
    return stat.rpartition(") ")[2].startswith("Z")


def send(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def wait(condition: Callable[[], bool], seconds: float, *, step: float = 0.02) -> bool:
    """Wait until `condition` holds; say whether it did within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(step)
    return True


def end(pids: Callable[[], list[int]], *signals: tuple[signal.Signals, float]) -> bool:
    """Send each signal in turn, with its patience, until no process is left."""
    for number, patience in signals:
        remaining = pids()
        if not remaining:
            return True
        send(remaining, number)
        if wait(lambda: not pids(), patience):
            return True
    return not pids()
