"""Many people at the same moment, each on a connection of their own."""

import queue
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection

from tenants import context
from tenants.models import Shop

#: Connections open at a time; the server has 200 for everybody.
AT_ONCE = 25


def at_once(
    shop: Shop, work: Callable[[Any], Any], arguments: Iterable[Any]
) -> list[Any]:
    """Run `work` for each argument, as many at a time as there are connections.

    Returns what each gave back or raised, in the order in which they ended.
    """
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    for argument in arguments:
        waiting.put(argument)
    people = min(AT_ONCE, waiting.qsize())
    ready = threading.Barrier(people)
    ended: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def serve(_number: int) -> None:
        try:
            with context.inside(shop):
                connection.ensure_connection()
                ready.wait(timeout=30)
                while not waiting.empty():
                    try:
                        argument = waiting.get_nowait()
                    except queue.Empty:
                        break
                    ended.put(_outcome(work, argument))
        finally:
            connection.close()

    with ThreadPoolExecutor(people) as pool:
        list(pool.map(serve, range(people)))
    return [ended.get_nowait() for _number in range(ended.qsize())]


def beside(shop: Shop, work: Callable[[], Any]) -> "Future[Any]":
    """Begin `work` on another connection; return when it waits for a lock, or has ended.

    Call it in a transaction that `work` may have to wait for; ask for the result when
    that has ended.
    """
    started: queue.SimpleQueue[int] = queue.SimpleQueue()

    def run() -> Any:
        try:
            with context.inside(shop):
                connection.ensure_connection()
                started.put(connection.connection.info.backend_pid)
                return work()
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    outcome = pool.submit(run)
    pool.shutdown(wait=False)
    other = started.get(timeout=30)
    while not outcome.done() and not _is_waiting(other):
        pass
    return outcome


def _is_waiting(pid: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = %s AND NOT granted)", [pid]
        )
        return bool(cursor.fetchone()[0])


def _outcome(work: Callable[[Any], Any], argument: Any) -> Any:
    try:
        return work(argument)
    except Exception as error:  # noqa: BLE001 (an outcome like any other)
        return error


def of_kind(outcomes: Iterable[Any], kind: type) -> list[Any]:
    """Return the outcomes of a kind: orders, or one sort of refusal."""
    return [outcome for outcome in outcomes if isinstance(outcome, kind)]
