"""Each program begins to be watched here, before it does anything else.

Order matters: prometheus_client looks once where it is to count, and the tracer's
thread does not survive a fork.
"""

import logging
import os
import sys
from typing import Any

from django.conf import settings

from quickcart.observability import shared

logger = logging.getLogger(__name__)


def web() -> None:
    """Begin in a process for pages, a child of the server's main process."""
    _begin("web", main=os.getppid())


def realtime() -> None:
    """Begin in a process for sockets."""
    _begin("realtime", main=os.getppid())


def worker() -> None:
    """Let the worker and its processes be watched, if Celery is starting one.

    Celery has every process import its application, and says too late what it will
    be: its checks have imported all there is by then.
    """
    if "celery" not in sys.argv[0] or "worker" not in sys.argv:
        return
    from celery import signals

    _share("worker", main=os.getpid())
    signals.celeryd_init.connect(_worker_is_made, weak=False)
    signals.worker_init.connect(_worker_begins, weak=False)
    signals.worker_process_init.connect(_worker_process_begins, weak=False)
    signals.worker_process_shutdown.connect(_process_ends, weak=False)


def _begin(program: str, *, main: int) -> None:
    from quickcart.observability import reports, tracing

    _share(program, main=main)
    tracing.start(program)
    reports.start(program)


def _share(program: str, *, main: int) -> None:
    if "prometheus_client" in sys.modules:
        return  # too late: this process counts for itself
    try:
        shared.share(settings.WATCH_DIRECTORY / "metrics", program, main=main)
    except OSError as error:
        logger.warning("figures are not kept: %s", error)


def _worker_is_made(**_: Any) -> None:
    """Report errors: later, what runs tasks is built, and cannot be wrapped."""
    from quickcart.observability import reports

    reports.start("worker")


def _worker_begins(**_: Any) -> None:
    from quickcart.observability import figures, labour, metrics

    labour.watch()
    metrics.listen()
    if settings.WORKER_METRICS_PORT:
        labour.serve(
            settings.WORKER_METRICS_PORT,
            sources=[figures.Processes("worker", are_children_renewed=True)],
        )


def _worker_process_begins(**_: Any) -> None:
    from quickcart.observability import tracing

    shared.fold()
    tracing.start("worker")


def _process_ends(**_: Any) -> None:
    from quickcart.observability import tracing

    tracing.stop()
