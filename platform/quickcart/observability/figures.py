"""Figures of the network as a whole, which no process could count by itself.

One statement asks every shop at once. It is asked in a thread of its own, so that a
scrape neither waits for a thousand shops nor stops a worker that serves customers.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from quickcart.observability import shared
from quickcart.observability.probes import Probe
from tenants import context, fleet

#: Seconds for which an answer is good enough.
FRESH = 10.0
PATIENCE = 2.0
#: Seconds for Valkey, which is asked for little.
VALKEY_PATIENCE = 0.5
CELERY_QUEUE = "celery"

#: Due, seconds the oldest is late, dead; all of it from partial indexes.
OUTBOX = """
(SELECT count(*) FROM %1$I.notifications_outbox
  WHERE state = 'due' AND next_attempt_at <= statement_timestamp()),
(SELECT coalesce(greatest(0, extract(epoch FROM
    statement_timestamp() - min(next_attempt_at))), 0)
  FROM %1$I.notifications_outbox WHERE state = 'due'),
(SELECT count(*) FROM %1$I.notifications_outbox WHERE state = 'dead')
"""
HOLDS = """
(SELECT count(*) FROM %1$I.pickup_slothold WHERE expires_at > statement_timestamp())
"""
SHOPS_SQL = """
SELECT coalesce(sum(figures[1]), 0), coalesce(max(figures[2]), 0),
       coalesce(sum(figures[3]), 0), coalesce(sum(figures[4]), 0)
FROM quickcart_figures(%s)
"""
SERVER_SQL = """
SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
       current_setting('max_connections')::int
"""
STATES_SQL = "SELECT state, count(*) FROM tenants_shop GROUP BY state"

Row = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class NetworkFigures:
    """How the network stands."""

    due: float
    oldest_due_seconds: float
    dead: float
    holds: float
    connections: float
    most_connections: float
    shops: dict[str, int]


@dataclass(slots=True)
class ShopsBehind:
    """How many shops lack migrations: asked seldom, for it reads every history."""

    probe: Probe[int] = field(
        default_factory=lambda: Probe(
            lambda: len(fleet.shops_behind()), fresh=300.0, patience=PATIENCE
        )
    )


def ask_database() -> NetworkFigures:
    """Ask every shop, the hub and the server; public must be in force."""
    with context.in_public():
        due, late, dead, holds = _one(SHOPS_SQL, f"ARRAY[{OUTBOX}, {HOLDS}]")
        on_hub = _one(f"SELECT {OUTBOX.replace('%1$I', 'public')}")
        used, most = _one(SERVER_SQL)
        with connection.cursor() as cursor:
            cursor.execute(STATES_SQL)
            states = dict(cursor.fetchall())
    return NetworkFigures(
        due=due + on_hub[0],
        oldest_due_seconds=max(late, on_hub[1]),
        dead=dead + on_hub[2],
        holds=holds,
        connections=used,
        most_connections=most,
        shops=states,
    )


def _one(sql: str, *parameters: str) -> Row:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return tuple(float(value) for value in cursor.fetchone())


def ask_valkey() -> float:
    """Return how many tasks wait for a worker.

    Raises:
        RedisError: Valkey does not answer.
    """
    with redis.from_url(
        settings.REDIS_URL,
        socket_timeout=VALKEY_PATIENCE,
        socket_connect_timeout=VALKEY_PATIENCE,
    ) as server:
        return float(server.llen(CELERY_QUEUE))


network = Probe(ask_database, fresh=FRESH, patience=PATIENCE)
valkey = Probe(ask_valkey, fresh=1.0, patience=2 * VALKEY_PATIENCE)
behind = ShopsBehind()


class Network:
    """The source of the network's figures; one program of a machine is enough."""

    def collect(self) -> Iterator[Metric]:
        yield from self._database()
        waiting = valkey.answer().value
        yield _gauge("valkey_up", "Valkey answers.", float(waiting is not None))
        if waiting is not None:
            yield _gauge("queued_tasks", "Tasks waiting for a worker.", waiting)
        yield from _disks()
        yield _gauge(
            "last_backup_timestamp_seconds",
            "When the last backup was safe; 0: never.",
            _modified_at(settings.BACKUP_STAMP),
        )

    def _database(self) -> Iterator[Metric]:
        found = network.latest().value
        yield _gauge("database_up", "The database answers.", float(found is not None))
        if found is None:
            return
        yield _gauge("outbox_due", "Messages due in all outboxes.", found.due)
        yield _gauge(
            "outbox_oldest_due_seconds",
            "How late the oldest message of any outbox is.",
            found.oldest_due_seconds,
        )
        yield _gauge("outbox_dead", "Dead letters in all outboxes.", found.dead)
        yield _gauge("seat_holds", "Seats kept for baskets.", found.holds)
        yield _gauge("database_connections", "Connections in use.", found.connections)
        yield _gauge(
            "database_most_connections", "Connections allowed.", found.most_connections
        )
        shops = GaugeMetricFamily("quickcart_shops", "Shops.", labels=["state"])
        for state, count in found.shops.items():
            shops.add_metric([state], count)
        yield shops
        lacking = behind.probe.latest().value
        if lacking is not None:
            yield _gauge("shops_behind", "Shops that lack migrations.", lacking)


class Processes:
    """The source of what this program's processes take, and when one began last.

    Args:
        are_children_renewed: by what they have done (Celery's): only the main process
            tells whether the program falls again and again.
    """

    def __init__(self, program: str, *, are_children_renewed: bool = False) -> None:
        self.program = program
        self.are_children_renewed = are_children_renewed

    def collect(self) -> Iterator[Metric]:
        directory = shared.directory()
        if directory is None:
            return
        pids = shared.processes(directory)
        count = GaugeMetricFamily(
            "quickcart_processes", "Processes at work.", labels=["program"]
        )
        count.add_metric([self.program], len(pids))
        yield count
        memory = GaugeMetricFamily(
            "quickcart_resident_bytes", "Memory they hold.", labels=["program"]
        )
        memory.add_metric([self.program], sum(map(_resident, pids)))
        yield memory
        newest = GaugeMetricFamily(
            "quickcart_newest_process_timestamp_seconds",
            "When the newest of them began; of the worker, its main process.",
            labels=["program"],
        )
        main = shared.main_process() if self.are_children_renewed else None
        begun = [shared.begun_at(pid) for pid in ({main} if main else pids)]
        if begun:
            newest.add_metric([self.program], max(begun))
            yield newest


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"quickcart_{name}", words, value=value)


def _disks() -> Iterator[Metric]:
    free = GaugeMetricFamily("quickcart_disk_free_bytes", "Free.", labels=["place"])
    size = GaugeMetricFamily("quickcart_disk_size_bytes", "In all.", labels=["place"])
    # Ours are made when something is put there; those that somebody names are there.
    ours: dict[str, Path | str] = {
        "data": settings.VAR,
        "media": settings.MEDIA_ROOT,
        "watch": settings.WATCH_DIRECTORY,
    }
    usages = {place: _usage(Path(path), or_above=True) for place, path in ours.items()}
    usages |= {place: _usage(Path(place)) for place in settings.WATCH_PLACES}
    for place, (free_bytes, size_bytes) in usages.items():
        free.add_metric([place], free_bytes)
        size.add_metric([place], size_bytes)
    yield free
    yield size


def _usage(path: Path, *, or_above: bool = False) -> tuple[int, int]:
    """Return the free and all bytes of a disk; one that fails has none of either.

    Left out it would be taken for well: 0 of 1 is what alerts see.
    """
    try:
        while or_above and not path.exists():
            path = path.parent
        usage = shutil.disk_usage(path)
    except OSError:
        return 0, 1
    return usage.free, usage.total


def _modified_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _resident(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * 4096
