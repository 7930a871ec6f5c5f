"""The machine: its cores, shared out between server and clients, and its name."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from django.db import connection

from quickcart import services


def cores() -> list[int]:
    return sorted(psutil.Process().cpu_affinity())


def server_cores() -> list[int]:
    """Return the first core; where there is but one, server and clients share it."""
    return cores()[:1]


@contextmanager
def apart() -> Iterator[list[int]]:
    """Keep this process off the servers' core, the databases on it; yield that core.

    So what the clients cost is not taken from the server, and all that answering
    costs (pages, PostgreSQL, Valkey) comes out of one core: ratios of throughput are
    ratios of the work behind them. A database that is not our own stays where it is.
    """
    here = psutil.Process()
    before = here.cpu_affinity()
    served, rest = before[:1], before[1:] or before
    databases = _databases()
    try:
        here.cpu_affinity(rest)
        _pin(databases, served)
        yield served
    finally:
        here.cpu_affinity(before)
        _pin(_databases(), before)


def _databases() -> list[psutil.Process]:
    found = []
    for server in services.find_servers(Path(os.environ["QUICKCART_VAR"])):
        if server.pid():
            parent = psutil.Process(server.pid())
            found += [parent, *parent.children(recursive=True)]
    return found


def _pin(processes: list[psutil.Process], to: list[int]) -> None:
    for process in processes:
        with suppress(psutil.Error):  # a backend that has just ended
            process.cpu_affinity(to)


def family(pid: int) -> list[psutil.Process]:
    """Return a process and all below it."""
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def cpu_seconds(pid: int) -> float:
    """Return what a process and those below it have used so far."""
    times = [process.cpu_times() for process in family(pid)]
    return sum(each.user + each.system for each in times)


def described() -> dict[str, str]:
    """Return what a table of figures is headed with."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        [postgres] = cursor.fetchone()
    return {
        "cpu": _cpu_model(),
        "cores": str(len(cores())),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": postgres,
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    named = [line.partition(":")[2] for line in lines if line.startswith("model name")]
    return named[0].strip() if named else platform.machine()
