"""A worker's sign of life: a file it touches from the loop in which it works.

`python -m quickcart.liveness worker` looks at it without starting Django.
"""

import os
from pathlib import Path
from typing import Any

#: Seconds between two beats, and after which a worker is taken for dead.
BEAT = 10.0
OLDEST = 45.0
NAME = "worker-heartbeat"


def place(environment: "os._Environ[str] | dict[str, str]" = os.environ) -> Path:
    """Return the file, found as the settings find it (WATCH_DIRECTORY)."""
    root = Path(__file__).resolve().parents[3]
    var = environment.get("QUICKCART_VAR", str(root / "var"))
    watched = environment.get("QUICKCART_WATCH_DIRECTORY") or str(Path(var) / "watch")
    return Path(watched) / NAME


def beat(path: Path) -> None:
    """Show that the worker lives."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def is_alive(path: Path, *, now: float) -> bool:
    """Say whether the last beat is young enough."""
    try:
        return now - path.stat().st_mtime < OLDEST
    except OSError:
        return False


def step() -> type[Any]:
    """Return the step of Celery's worker that beats from its event loop."""
    from celery import bootsteps

    class Heartbeat(bootsteps.StartStopStep):
        requires = ("celery.worker.components:Timer",)

        def start(self, worker: Any) -> None:
            path = place()
            beat(path)
            self.entry = worker.timer.call_repeatedly(BEAT, beat, (path,), priority=10)

        def stop(self, worker: Any) -> None:
            self.entry.cancel()

    return Heartbeat
