"""Programs that tests and benchmarks start, and the ports they are given."""

import os
import signal
import socket
import subprocess


def free_ports(count: int) -> list[int]:
    """Return so many ports of 127.0.0.1 that nobody listens on."""
    probes = [socket.socket() for _number in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def stop(process: subprocess.Popen[bytes], *, patience: float = 20) -> None:
    """Ask a program and all that it started to end; kill what is left after that.

    It must have been started in a session of its own.
    """
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
