"""What is seen of tasks: counted, timed, and named as the request that sent them.

Imports what counts: only where `programs` has said where to.
"""

import http.server
import itertools
import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

from celery import current_app, signals

from quickcart import logs
from quickcart.observability import access, doors, metrics, naming, tracing
from tenants import logs as shops

logger = logging.getLogger(__name__)

#: When a task of this process began, and whose it is: at its end its shop is left.
_began: dict[str, tuple[float, str]] = {}


def watch() -> None:
    """Count and time what this worker runs, and name its log lines."""
    own = [name for name in current_app.tasks if not name.startswith("celery.")]
    for name, outcome in itertools.product(own, ("success", "failure")):
        # From nothing, or nobody sees that the first time is one more than before.
        metrics.tasks.labels(name, outcome)
    signals.task_prerun.connect(_begins, weak=False)
    signals.task_postrun.connect(_ends, weak=False)


def _begins(task_id: str = "", task: Any = None, **_: Any) -> None:
    logs.forget()
    logs.bind(task_id=task_id, task=task.name)
    # Headers of ours are merged into the task's request.
    request_id = task.request.get(naming.REQUEST_ID)
    if request_id:
        logs.bind(request_id=request_id)
    _began[task_id] = time.perf_counter(), shops.name_in_force()


def _ends(task_id: str = "", task: Any = None, state: str = "", **_: Any) -> None:
    now = time.perf_counter()
    began, shop = _began.pop(task_id, (now, shops.HUB))
    metrics.tasks.labels(task.name, (state or "unknown").lower()).inc()
    metrics.task_seconds.labels(task.name).observe(now - began)
    tracing.tell_shop(shop)
    logs.forget()


def serve(port: int, *, sources: Sequence[metrics.Source]) -> None:
    """Answer the worker's figures on a port of its own, in a thread."""
    own = doors.Doors(*sources)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = access.lower(self.headers.items())
            reply = own.answer(self.path, headers, address=self.client_address[0])
            if reply is None:
                self.send_error(404)
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: Any) -> None:
            """Say nothing: a line every few seconds helps nobody."""

    try:
        # Figures are for the network inside: who may see them, `access` decides.
        server = http.server.ThreadingHTTPServer(("0.0.0.0", port), Handler)  # noqa: S104
    except OSError as error:
        logger.warning("the worker's figures are not served: %s", error)
        return
    threading.Thread(target=server.serve_forever, daemon=True).start()
