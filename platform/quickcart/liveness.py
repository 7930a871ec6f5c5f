"""Whether a program of this machine is well: `python -m quickcart.liveness WHAT`.

WHAT is pages (web or realtime), worker or beat. Asked every few seconds by whoever
restarts it, so it starts nothing heavy.
"""

import http.client
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

from quickcart.observability import heartbeat

#: Seconds without a tick after which the clock has stopped; it writes every three
#: minutes, however often it wakes others.
LONGEST_PAUSE = 600
SCHEDULE = "/tmp/beat-schedule"  # noqa: S108 (a container's own)


def pages() -> bool:
    """Ask web or realtime, by the port granian was given."""
    port = os.environ.get("GRANIAN_PORT", "8000")
    with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=4) as answer:
        return bool(answer.status == http.client.OK)


def worker() -> bool:
    """Look when the worker last touched its file."""
    return heartbeat.is_alive(heartbeat.place(), now=time.time())


def beat() -> bool:
    """Look when the clock last wrote down what it has done."""
    path = Path(os.environ.get("QUICKCART_BEAT_SCHEDULE", SCHEDULE))
    written = max(file.stat().st_mtime for file in path.parent.glob(f"{path.name}*"))
    return time.time() - written < LONGEST_PAUSE


DOORS: dict[str, Callable[[], bool]] = {
    "pages": pages,
    "worker": worker,
    "beat": beat,
}

if __name__ == "__main__":
    try:
        sys.exit(0 if DOORS[sys.argv[1]]() else 1)
    except (OSError, ValueError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
