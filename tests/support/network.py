"""The product's own programs on free ports, over a database of the test's own."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from quickcart.launcher.config import Config
from quickcart.launcher.programs import programs

STARTUP = 60  # seconds a program may take to answer


@dataclass(frozen=True)
class Network:
    """A running QuickCart."""

    port: int
    realtime_port: int
    var: Path
    processes: dict[str, subprocess.Popen[bytes]]

    def hub(self, path: str = "/") -> str:
        return f"http://localhost:{self.port}{path}"

    def shop(self, subdomain: str, path: str = "/") -> str:
        return f"http://{subdomain}.localhost:{self.port}{path}"

    def log(self, name: str) -> str:
        return (self.var / f"{name}.log").read_text(errors="replace")


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
    only: frozenset[str] = frozenset({"web", "realtime", "worker", "beat"}),
    ports: tuple[int, int] | None = None,
) -> Iterator[Network]:
    """Start the programs, wait until pages are answered, stop them all."""
    port, realtime_port = ports or (free_port(), free_port())
    config = Config(
        var=var, domain="localhost", port=port, realtime_port=realtime_port, original={}
    )
    told = environment(config, database_url=database_url, redis_url=redis_url)
    network = Network(port, realtime_port, var, {})
    try:
        for program in programs(config):
            if program.name not in only:
                continue
            log = (var / f"{program.name}.log").open("wb")
            network.processes[program.name] = subprocess.Popen(
                program.argv, env=told, stdout=log, stderr=log, start_new_session=True
            )
            log.close()
        for name, answering in (("web", port), ("realtime", realtime_port)):
            if name in only:
                _wait_for(answering, network, name)
        yield network
    finally:
        for process in network.processes.values():
            _stop(process)


def _wait_for(port: int, network: Network, name: str) -> None:
    deadline = time.monotonic() + STARTUP
    while time.monotonic() < deadline:
        if network.processes[name].poll() is not None:
            break
        try:
            address = f"http://127.0.0.1:{port}/healthz"
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{name} does not answer:\n{network.log(name)[-4000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
