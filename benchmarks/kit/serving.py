"""A web server like the product's own, on a free port, on a core of its own."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from support import processes

from benchmarks.kit import machine
from quickcart.launcher.config import Config
from quickcart.launcher.programs import programs

QUICKCART = "quickcart.wsgi:application"
STARTUP = 60  # seconds a server may take to answer


class ServerFailed(Exception):
    """A server did not start; its last words."""


@dataclass(frozen=True)
class Server:
    """Running workers, and what they cost."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def cpu_seconds(self) -> float:
        return machine.cpu_seconds(self.process.pid)

    def resident_bytes(self) -> int:
        """Return the memory of the workers, without what they share."""
        workers = machine.family(self.process.pid)[1:]
        return sum(each.memory_full_info().uss for each in workers)


@contextmanager
def serving(
    *, var: Path, told: dict[str, str], application: str = QUICKCART
) -> Iterator[Server]:
    """Start the product's web program with an application and an environment.

    The flags are those of `quickcart.launcher.programs`, whatever they are.
    """
    [port] = processes.free_ports(1)
    config = Config(
        var=var, domain="localhost", port=port, realtime_port=0, original={}
    )
    [web] = [each for each in programs(config) if each.name == "web"]
    log = var / f"web-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*web.argv[:-1], application],
            env=config.environment() | told,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    psutil.Process(process.pid).cpu_affinity(machine.server_cores())
    server = Server(port, process, log)
    try:
        _wait_for(server)
        yield server
    finally:
        processes.stop(process)


def environment(*, database_url: str, redis_url: str, settings: str) -> dict[str, str]:
    """Return what a program is told to be: settings, servers, and where code lies."""
    return {
        "DJANGO_SETTINGS_MODULE": settings,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }


def _wait_for(server: Server) -> None:
    """Return when it answers anything at all, be it 404.

    Raises:
        ServerFailed: it does not.
    """
    deadline = time.monotonic() + STARTUP
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            address = f"http://127.0.0.1:{server.port}/healthz"
            with urllib.request.urlopen(address, timeout=STARTUP):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise ServerFailed(server.log.read_text(errors="replace")[-4000:])
