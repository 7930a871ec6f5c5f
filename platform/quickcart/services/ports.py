"""Loopback ports, remembered so that an address survives a restart."""

import random
import socket
from pathlib import Path

from .errors import ServiceError

LOOPBACK = "127.0.0.1"
# Below the range from which Linux takes ports for outgoing connections, so that a
# remembered port is not taken while the server is down.
RANGE = range(20_000, 32_000)
VALID = range(1, 65_536)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def read(path: Path) -> int | None:
    """Return the remembered port, or None where nothing sensible is written."""
    try:
        port = int(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return port if port in VALID else None


def remembered(path: Path) -> int:
    """Return the port written in `path` if it is free, else a new one, and write it.

    Raises:
        ServiceError: no port could be bound on the loopback address.
    """
    port = read(path)
    if port and is_free(port):
        return port
    for port in random.sample(RANGE, 200):
        if is_free(port):
            path.write_text(f"{port}\n")
            return port
    raise ServiceError(
        f"No free port was found on {LOOPBACK}.",
        "Is the loopback interface up? Otherwise set DATABASE_URL and REDIS_URL.",
    )
