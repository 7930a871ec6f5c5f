"""What is counted, under which names, and how it is asked for.

No label grows with customers, products or shops: pages go by the name of their view,
shops by `shops.label`, everything else by words from the code.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import prometheus_client as prometheus
from prometheus_client import multiprocess
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from kernel import events
from quickcart.observability import shared

CONTENT_TYPE = prometheus.CONTENT_TYPE_LATEST
#: More kinds of one event than this are a mistake; the rest is "other".
MOST_WORDS = 40

registry = prometheus.CollectorRegistry()


def _counter(name: str, words: str, *labels: str) -> prometheus.Counter:
    return prometheus.Counter(name, words, labels, registry=registry)


requests = _counter(
    "quickcart_requests", "Requests answered.", "view", "method", "status"
)
request_seconds = prometheus.Histogram(
    "quickcart_request_seconds",
    "Time a request took, from the first middleware to the last.",
    ["view"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=registry,
)
request_queries = prometheus.Histogram(
    "quickcart_request_queries",
    "Statements a request sent to the database.",
    buckets=(0, 2, 5, 12, 25, 50, 100),
    registry=registry,
)
view_queries = _counter(
    "quickcart_view_queries", "Statements sent to the database, by view.", "view"
)
shop_requests = _counter(
    "quickcart_shop_requests",
    "Requests answered, by shop; the shops without a line of their own are other.",
    "shop",
    "status",
)
shop_seconds = _counter(
    "quickcart_shop_request_seconds", "Time spent on requests, by shop.", "shop"
)
requests_in_progress = prometheus.Gauge(
    "quickcart_requests_in_progress",
    "Requests being answered.",
    multiprocess_mode="livesum",
    registry=registry,
)
refused = _counter(
    "quickcart_refused_requests",
    "Requests turned away: they waited too long, or too many of their shop do.",
    "reason",
)
deliveries = _counter(
    "quickcart_deliveries",
    "Messages of the outboxes handed over, put off or given up.",
    "kind",
    "outcome",
)
page_cache = _counter(
    "quickcart_page_cache",
    "Pages of shops that were asked for, and whether they were kept.",
    "outcome",
)
tasks = _counter("quickcart_tasks", "Tasks the worker has run.", "task", "outcome")
task_seconds = prometheus.Histogram(
    "quickcart_task_seconds",
    "Time a task took.",
    ["task"],
    buckets=(0.01, 0.05, 0.25, 1, 5, 15, 60, 300),
    registry=registry,
)
open_sockets = prometheus.Gauge(
    "quickcart_open_sockets",
    "Sockets that are open.",
    ["kind"],
    multiprocess_mode="livesum",
    registry=registry,
)

#: Events that parts below tell of (`kernel.events`): counter and names of the facts.
EVENTS = {
    "delivery": (deliveries, ("kind", "outcome")),
}
_words: dict[str, set[tuple[str, ...]]] = {}


Merge = Callable[[list[str]], Iterable[Metric]]


class Source(Protocol):
    """Whatever yields metrics when it is asked."""

    def collect(self) -> Iterator[Metric]: ...


class Everything(Collector):
    """The counters of this program's processes, then what other sources say."""

    def __init__(self, *sources: Source) -> None:
        self.sources = sources

    def collect(self) -> Iterator[Metric]:
        directory = shared.directory()
        if directory is None:
            yield from registry.collect()
        else:
            with shared.reading(directory) as files:
                merge: Merge = multiprocess.MultiProcessCollector.merge
                yield from merge(files)
        for source in self.sources:
            yield from source.collect()


def exposition(*sources: Source) -> bytes:
    """Return everything counted, in Prometheus' text format."""
    # Any collector will do where a registry is asked for.
    return prometheus.generate_latest(Everything(*sources))


def listen() -> None:
    """Count what parts below tell of."""
    events.listen(_count)


def _count(event: str, facts: dict[str, str]) -> None:
    if event not in EVENTS:
        return
    counter, names = EVENTS[event]
    words = tuple(facts.get(name, "") for name in names)
    known = _words.setdefault(event, set())
    if words not in known and len(known) >= MOST_WORDS:
        words = ("other",) * len(names)
    known.add(words)
    counter.labels(*words).inc()
