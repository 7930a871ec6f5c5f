"""Work on many schemas in processes of their own, each with its own connection."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

import django
from django.db import connections

Item = TypeVar("Item")
Result = TypeVar("Result")

#: What a process has touched stays in its backend's memory: it is replaced after this.
SCHEMAS_EACH = 50


def each_of(
    work: Callable[[Item], Result], items: Sequence[Item], *, processes: int
) -> Iterator[Result]:
    """Yield the results as they come, in any order; here if one process is enough.

    `work` is a function of a module: its name is what the processes are sent.
    """
    if processes < 2 or len(items) < 2:  # noqa: PLR2004 (two make a crowd)
        yield from map(work, items)
        return
    with ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=django.setup,
        max_tasks_per_child=SCHEMAS_EACH,
    ) as pool:
        futures = [pool.submit(_let_go, work, item) for item in items]
        for future in as_completed(futures):
            yield future.result()


def _let_go(work: Callable[[Item], Result], item: Item) -> Result:
    try:
        return work(item)
    finally:
        connections.close_all()
