"""What a running QuickCart leaves in the var directory for other commands to see.

`run.lock` is held by the launcher as long as it lives, so that "is it running?" is
asked of the kernel. `run.json` says what runs where. A process in it is recognised by
its number and the moment it started, because numbers are used again.
"""

import contextlib
import dataclasses
import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .config import Config
from .errors import LauncherError

TICKS = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass(frozen=True)
class Process:
    """One particular process, not just a number."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Process":
        return cls(pid, _start_ticks(pid) or 0)

    def is_alive(self) -> bool:
        return self.started != 0 and _start_ticks(self.pid) == self.started

    def age(self) -> float:
        """Return for how many seconds it has been running."""
        uptime = float(Path("/proc/uptime").read_text().split()[0])
        return max(uptime - self.started / TICKS, 0)

    def send(self, number: signal.Signals, *, group: bool = False) -> None:
        if not self.is_alive():
            return
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.pid, number)


def _start_ticks(pid: int) -> int | None:
    """Return when the process started, in clock ticks since boot; None if it ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(") ")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


@dataclasses.dataclass
class Run:
    """The contents of `run.json`."""

    launcher: Process
    port: int
    realtime_port: int
    domain: str
    is_ready: bool = False
    # How often the programs were replaced while they ran.
    renewed: int = 0
    programs: dict[str, Process] = dataclasses.field(default_factory=dict)

    @classmethod
    def begin(cls, config: Config) -> "Run":
        """Return what is known when this process begins to be the launcher."""
        return cls(
            launcher=Process.of(os.getpid()),
            port=config.port,
            realtime_port=config.realtime_port,
            domain=config.domain,
        )


class State:
    """The run files of one var directory."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.path = var / "run.json"
        self.lock = var / "run.lock"

    def read(self) -> Run | None:
        """Return what was last written, or None if nothing readable is there."""
        try:
            raw: dict[str, Any] = json.loads(self.path.read_text())
            raw["launcher"] = Process(**raw["launcher"])
            raw["programs"] = {n: Process(**p) for n, p in raw["programs"].items()}
            return Run(**raw)
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def write(self, run: Run) -> None:
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps(dataclasses.asdict(run), indent=2))
        draft.replace(self.path)

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)

    def is_held(self) -> bool:
        """Say whether a launcher is at work."""
        try:
            with self.hold():
                return False
        except BlockingIOError:
            return True

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Be the one launcher of this directory.

        Raises:
            BlockingIOError: another one is.
            LauncherError: the lock cannot be opened.
        """
        try:
            self.var.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.lock, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise LauncherError(
                f"{self.lock} cannot be opened: {error.strerror}.",
                "If another user made it (or sudo), give the directory to yourself:\n"
                f'    sudo chown -R "$USER" "{self.var}"',
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        finally:
            os.close(descriptor)

    def end_leftovers(self) -> list[str]:
        """End the programs of a launcher that was killed; name them."""
        run = self.read()
        alive = {n: p for n, p in run.programs.items() if p.is_alive()} if run else {}
        for number, patience in ((signal.SIGTERM, 8.0), (signal.SIGKILL, 3.0)):
            for process in alive.values():
                # All programs lead a group of their own, with their workers.
                process.send(number, group=True)
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline:
                if not any(process.is_alive() for process in alive.values()):
                    break
                time.sleep(0.05)
        self.clear()
        return sorted(alive)
