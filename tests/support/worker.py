"""A real Celery worker in a process of its own, and the broker it shares with a test."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlsplit

import redis
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
#: Apart from the database of a developer's own QuickCart.
BROKER_DATABASE = 11


def database_url() -> str:
    """Return the address of the database in use."""
    options = connection.get_connection_params()
    user, password = (quote(options.get(key, "")) for key in ("user", "password"))
    place = f"{options['host']}:{options['port']}"
    return f"postgres://{user}:{password}@{place}/{options['dbname']}"


class Broker:
    """A corner of Valkey: keys with a prefix of their own."""

    def __init__(self) -> None:
        place = urlsplit(os.environ["REDIS_URL"])
        self.url = place._replace(path=f"/{BROKER_DATABASE}").geturl()
        self.prefix = f"test-{uuid.uuid4().hex[:8]}-"

    def empty(self) -> None:
        with redis.from_url(self.url) as server:
            for key in server.scan_iter(f"{self.prefix}*"):
                server.delete(key)


class Worker:
    """Processes that deliver, killed together as a machine that loses power."""

    PROCESSES = 3
    #: Letters they write at once.
    DESKS = PROCESSES - 1

    def __init__(self, *, broker: Broker, email_url: str, log: Path) -> None:
        self.log = log
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "support.worker_settings",
            "PYTHONPATH": os.pathsep.join(
                str(ROOT / path) for path in ("", "platform", "tests")
            ),
            "DATABASE_URL": database_url(),
            "TEST_BROKER_URL": broker.url,
            "TEST_BROKER_PREFIX": broker.prefix,
            "EMAIL_URL": email_url,
            "OUTBOX_LEASE": "2",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            *(sys.executable, "-m", "celery", "-A", "quickcart.celery", "worker"),
            *("--loglevel", "INFO", "--pool", "prefork"),
            *("--concurrency", str(self.PROCESSES)),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=self._environment,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill the worker and its children, without a word of warning."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


def wait_until(condition: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Return when a condition holds.

    Raises:
        AssertionError: it does not in time; `what` says what was waited for.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {seconds} s in vain for {what}.")
        time.sleep(0.01)
