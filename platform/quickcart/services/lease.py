"""Who uses the servers: the first starts them, the last stops them.

Two lock files in the var directory tell:

- `services.lock` is held alone while servers are started or stopped;
- `users.lock` is held together by every process that uses them. Whoever can get it
  alone is the last. The kernel lets go of it when a process dies, however it dies.
"""

import atexit
import contextlib
import dataclasses
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from . import place
from .errors import ServiceError
from .postgres import Postgres
from .server import Server
from .valkey import Valkey

PATIENCE = 120.0


@dataclasses.dataclass(frozen=True)
class Endpoints:
    """The addresses of the servers, passwords included."""

    database_url: str
    redis_url: str


@dataclasses.dataclass
class _Lease:
    """This process's share in the servers of one var directory."""

    servers: dict[str, Server]
    descriptor: int
    owner: int


_leases: dict[Path, _Lease] = {}


def find_servers(var: Path) -> list[Server]:
    """Return the servers of `var`, running or not, in the order they start."""
    return [Postgres(var), Valkey(var)]


def use(var: Path, *, postgres: bool = True, valkey: bool = True) -> Endpoints:
    """Start what is missing, and count this process among the users until it ends.

    A second call in the same process adds the servers it asks for.

    Raises:
        ServiceError: a server cannot run here; the sentence says why.
    """
    place.make(var)
    wanted = {"postgres": postgres, "valkey": valkey}
    chosen = {s.name: s for s in find_servers(var) if wanted[s.name]}
    with _alone(var):
        mine = _mine(var) or _join(var)
        for server in chosen.values():
            server.ensure()
        mine.servers |= chosen
    return Endpoints(
        database_url=chosen["postgres"].url() if postgres else "",
        redis_url=chosen["valkey"].url() if valkey else "",
    )


def check(var: Path) -> list[str]:
    """Start again what has died of the servers this process uses; name them.

    Raises:
        ServiceError: a server cannot be started again.
    """
    mine = _mine(var)
    if mine is None or all(s.pid() for s in mine.servers.values()):
        return []
    with _alone(var):
        return [s.label for s in mine.servers.values() if s.ensure()]


def release(var: Path) -> None:
    """Leave the servers; stop them if nobody else uses them.

    Called by itself when the process ends.
    """
    mine = _mine(var)
    if mine is None:
        return
    del _leases[var]
    with contextlib.suppress(ServiceError), _alone(var):
        fcntl.flock(mine.descriptor, fcntl.LOCK_UN)
        if _is_last(mine.descriptor):
            _stop_all(var)
    os.close(mine.descriptor)


@atexit.register
def _release_all() -> None:
    for var in list(_leases):
        release(var)


def _mine(var: Path) -> _Lease | None:
    """Return the lease of this process; a forked child has none of its own."""
    lease = _leases.get(var)
    return lease if lease and lease.owner == os.getpid() else None


def _join(var: Path) -> _Lease:
    descriptor = _open(var / "users.lock")
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    _leases[var] = _Lease(servers={}, descriptor=descriptor, owner=os.getpid())
    return _leases[var]


def stop(var: Path) -> bool:
    """Stop servers that a killed process left; say whether they are stopped now.

    Servers in use are left alone.
    """
    if not var.exists():
        return True
    with _alone(var):
        descriptor = _open(var / "users.lock")
        try:
            if not _is_last(descriptor):
                return False
            _stop_all(var)
        finally:
            os.close(descriptor)
    return True


def _stop_all(var: Path) -> None:
    for server in reversed(find_servers(var)):
        server.stop()


def _is_last(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ServiceError(
            f"{path} cannot be opened: {error.strerror}.",
            "Start QuickCart as that user, or give the directory to yourself:\n"
            f'    sudo chown -R "$USER" "{path.parent}"',
        ) from error


@contextlib.contextmanager
def _alone(var: Path) -> Iterator[None]:
    """Hold the lock under which servers are started and stopped."""
    descriptor = _open(var / "services.lock")
    deadline = time.monotonic() + PATIENCE
    try:
        while not _is_last(descriptor):
            if time.monotonic() > deadline:
                raise ServiceError(
                    "Another process has been starting or stopping the servers for "
                    f"{PATIENCE:.0f} seconds.",
                    f"See who holds {var / 'services.lock'}: fuser -v FILE",
                )
            time.sleep(0.02)
        yield
    finally:
        os.close(descriptor)
