"""Which request a task belongs to: its name travels in the task's headers."""

from typing import Any

from celery import signals

from quickcart import logs

REQUEST_ID = "qc_request_id"


def carry() -> None:
    """Have every task that is sent carry the name of the request that sends it."""
    signals.before_task_publish.connect(_carry, weak=False)


def _carry(headers: dict[str, Any] | None = None, **_: Any) -> None:
    request_id = logs.bound("request_id")
    if headers is not None and request_id:
        headers[REQUEST_ID] = request_id
