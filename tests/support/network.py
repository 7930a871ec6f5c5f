"""The product's own programs on free ports, over a database of the test's own."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from quickcart.launcher.config import Config
from quickcart.launcher.programs import programs

STARTUP = 60  # seconds a program may take to answer
ALL = frozenset({"web", "realtime", "worker", "beat"})


@dataclass
class Network:
    """QuickCart's programs, each to be started, stopped and killed by its name.

    Args:
        told: the environment of the programs.
        swaps: words of their command lines, and what stands there instead.
        added: by program, words added to its command line; a later option counts.
    """

    config: Config
    told: Mapping[str, str]
    swaps: Mapping[str, str] = field(default_factory=dict)
    added: Mapping[str, Sequence[str]] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return self.config.port

    @property
    def realtime_port(self) -> int:
        return self.config.realtime_port

    @property
    def var(self) -> Path:
        return self.config.var

    def hub(self, path: str = "/") -> str:
        return f"http://localhost:{self.port}{path}"

    def shop(self, subdomain: str, path: str = "/") -> str:
        return f"http://{subdomain}.localhost:{self.port}{path}"

    def log(self, name: str) -> str:
        return (self.var / f"{name}.log").read_text(errors="replace")

    def start(self, name: str, *, is_awaited: bool = True) -> None:
        """Start a program; wait until it answers, if it is one that does.

        Raises:
            AssertionError: it does not.
        """
        [program] = [one for one in programs(self.config) if one.name == name]
        argv = [self.swaps.get(word, word) for word in program.argv]
        argv += self.added.get(name, ())
        with (self.var / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                argv, env=self.told, stdout=log, stderr=log, start_new_session=True
            )
        if is_awaited:
            self.wait_for(name)

    def stop(self, name: str, *, patience: float = 15) -> None:
        """Ask a program to end, as a deployment does; kill what is left after that."""
        process = self.processes.pop(name)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience)
        _kill(process)

    def kill(self, name: str) -> None:
        """Kill a program with all its children, without a word of warning."""
        _kill(self.processes.pop(name))

    def pids(self, name: str) -> list[int]:
        """Return a program's main process and then its children."""
        main = self.processes[name].pid
        return sorted(_session(main), key=lambda pid: (pid != main, pid))

    def wait_for(self, name: str) -> None:
        """Wait until a program answers.

        Raises:
            AssertionError: it does not, or has ended.
        """
        port = {"web": self.port, "realtime": self.realtime_port}.get(name)
        deadline = time.monotonic() + STARTUP
        while port and not _answers(port):
            if time.monotonic() > deadline or self.processes[name].poll() is not None:
                raise AssertionError(
                    f"{name} does not answer:\n{self.log(name)[-4000:]}"
                )
            time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(config: Config, *, database_url: str, redis_url: str) -> dict[str, str]:
    """Return what the programs are told: our database, our corner of Valkey."""
    return config.environment() | {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DJANGO_SETTINGS_MODULE": "quickcart.settings.local",
    }


@contextmanager
def running(
    *,
    var: Path,
    database_url: str,
    redis_url: str,
    only: frozenset[str] = ALL,
    ports: tuple[int, int] | None = None,
    more: Mapping[str, str] | None = None,
    swaps: Mapping[str, str] | None = None,
    added: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[Network]:
    """Start the programs, wait until pages are answered, stop them all."""
    port, realtime_port = ports or (free_port(), free_port())
    config = Config(
        var=var, domain="localhost", port=port, realtime_port=realtime_port, original={}
    )
    told = environment(config, database_url=database_url, redis_url=redis_url)
    network = Network(config, told | dict(more or {}), swaps or {}, added or {})
    try:
        names = [one.name for one in programs(config) if one.name in only]
        for name in names:
            network.start(name, is_awaited=False)
        for name in names:
            network.wait_for(name)
        yield network
    finally:
        for name in [*network.processes]:
            network.stop(name)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
            return True
    except OSError:
        return False


def _session(leader: int) -> list[int]:
    """Return the live processes of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            facts = (entry / "stat").read_text().rpartition(") ")[2].split()
            if facts[0] != "Z" and int(facts[3]) == leader:
                found.append(int(entry.name))
    return found


def _kill(process: subprocess.Popen[bytes]) -> None:
    for pid in _session(process.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
