"""The programs that make up a running QuickCart."""

import dataclasses
import sys

from .config import Config
from .network import LOOPBACK

# Where two are stopped together, the lower number is stopped first: who takes work
# in, before who does it.
INTAKE, LABOUR = 0, 1


@dataclasses.dataclass(frozen=True)
class Program:
    """One long-running program and how it is to be treated."""

    name: str
    colour: str
    argv: tuple[str, ...]
    stage: int
    # Seconds it may take to finish what it is doing.
    patience: float
    # Whether people wait for it; the others start when it answers.
    is_awaited: bool = False
    # Whether it replaces its own workers, one by one, when it is told to (SIGHUP).
    # Of the others a second one is started before the first is stopped.
    is_renewable: bool = False
    # Whether two of it may run for a moment.
    may_be_two: bool = False


def programs(config: Config) -> list[Program]:
    """Return the programs in the order they are started.

    All are run as modules of this interpreter: a script's first line does not carry
    every path, one with spaces least of all.
    """
    python = (sys.executable, "-m")
    granian = (*python, "quickcart.serve", "--host", LOOPBACK, "--no-access-log")
    # A worker that is replaced may take so many seconds to finish what it has begun.
    kept_alive = ("--respawn-failed-workers", "--workers-kill-timeout")
    return [
        Program(
            name="web",
            colour="green",
            # A worker makes one page at a time: measured fastest. So many requests
            # more it lets in, and lets their shops take turns (quickcart.turns).
            argv=(
                *granian,
                *("--interface", "wsgi", "--port", str(config.port)),
                *("--workers", "2", "--backpressure", "512", "--no-ws"),
                *("--workers-lifetime", "6h", "--workers-max-rss", "600"),
                *(*kept_alive, "15", "--respawn-interval", "1"),
                "quickcart.wsgi:application",
            ),
            stage=INTAKE,
            patience=16,
            is_awaited=True,
            is_renewable=True,
        ),
        Program(
            name="realtime",
            colour="cyan",
            argv=(
                *granian,
                *("--interface", "asginl", "--port", str(config.realtime_port)),
                *("--workers", "1"),
                *(*kept_alive, "3"),
                "quickcart.realtime:application",
            ),
            stage=INTAKE,
            patience=4,
            is_awaited=True,
            is_renewable=True,
        ),
        Program(
            name="worker",
            colour="magenta",
            argv=(
                *(*python, "celery", "--quiet", "-A", "quickcart.celery", "worker"),
                *("--loglevel", "INFO", "--pool", "prefork", "--concurrency", "3"),
                *("--without-gossip", "--without-mingle"),
            ),
            stage=LABOUR,
            # Longer than a turn of the relay: who is stopped in the middle of a letter
            # may have it sent twice.
            patience=12,
            may_be_two=True,
        ),
        Program(
            name="beat",
            colour="yellow",
            argv=(
                *(*python, "celery", "-A", "quickcart.celery", "beat"),
                *("--loglevel", "INFO", "--pidfile="),
                *("--schedule", str(config.var / "beat-schedule")),
            ),
            stage=INTAKE,
            patience=6,
        ),
    ]
