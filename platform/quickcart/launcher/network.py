"""Ports and health, asked on the loopback address."""

import contextlib
import http.client
import os
import socket
from pathlib import Path

from .errors import LauncherError

LOOPBACK = "127.0.0.1"
PORTS = range(1, 65_536)
FIRST_UNPRIVILEGED = 1024


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def is_open(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), 2).close()
    except OSError:
        return False
    return True


def is_healthy(port: int, domain: str) -> bool:
    """Say whether the web server answers /healthz well.

    Connects to the number and sends the name: not every resolver knows *.localhost.
    """
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": f"{domain}:{port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def require_free(port: int) -> None:
    """Refuse a port that some other program listens on.

    Raises:
        LauncherError: it is taken; names by whom where that can be seen.
    """
    if port < FIRST_UNPRIVILEGED and os.geteuid() != 0:
        raise LauncherError(
            f"Port {port} is for root alone.",
            "Choose one above 1023: QUICKCART_PORT=8000 make up",
        )
    if not is_free(port):
        user = _who_listens(port)
        raise LauncherError(
            f"Port {port} is in use{f' by {user}' if user else ''}.",
            f"Stop that program, or take another port: QUICKCART_PORT={port + 100} "
            "make up",
        )


def next_free(port: int) -> int:
    """Return `port`, or the first free one after it."""
    for candidate in range(port, min(port + 200, PORTS.stop)):
        if is_free(candidate):
            return candidate
    return port


def _who_listens(port: int) -> str | None:
    inodes = {inode for table in ("tcp", "tcp6") for inode in _sockets(table, port)}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            for descriptor in (entry / "fd").iterdir():
                if str(descriptor.readlink()) in inodes:
                    name = (entry / "comm").read_text().strip()
                    return f"“{name}” (process {entry.name})"
    return None


def _sockets(table: str, port: int) -> list[str]:
    """Return the listening sockets on `port`, as /proc/*/fd names them."""
    try:
        rows = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    except OSError:
        return []
    fields = [row.split() for row in rows]
    return [
        f"socket:[{row[9]}]"
        for row in fields
        if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port
    ]
