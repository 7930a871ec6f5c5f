"""What is seen of a running network by those who watch it."""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celery import Celery
from support import collectors, network
from support.worker import wait_until

TOKEN = "a-token-of-those-who-watch"
TRACE = "0af7651916cd43dd8448eb211c80319c"


@dataclass
class Answer:
    status: int
    headers: Any
    text: str


@dataclass
class Watched:
    """A running QuickCart, and what it has sent to those who watch it."""

    network: network.Network
    collector: collectors.Collector
    broker: str
    worker_port: int

    def get(self, path: str, *, port: int = 0, **headers: str) -> Answer:
        """Ask the web, or another port, as the host that a header names."""
        address = f"http://127.0.0.1:{port or self.network.port}{path}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(address, headers=named)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return Answer(answer.status, answer.headers, answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read().decode())

    def send_task(self, name: str, schema_name: str, **headers: str) -> str:
        """Send the worker a task; return its id."""
        # Tasks of this process stay those of the product's own application.
        with Celery(broker=self.broker, set_as_current=False) as app:
            told = {"_schema_name": schema_name, **headers}
            return app.send_task(name, headers=told, ignore_result=True).id

    def lines(self, program: str) -> list[dict[str, Any]]:
        """Return the lines of JSON a program has written."""
        lines = self.network.log(program).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def samples(self, *, port: int = 0) -> dict[str, float]:
        """Return a program's figures, by name and labels as they are written."""
        text = self.get("/metrics", port=port).text
        found = re.findall(r"^(quickcart_\S+(?: [^\s}]*})?) (\S+)$", text, re.MULTILINE)
        return {name: float(value) for name, value in found}


def eventually(find: Callable[[], Any], *, what: str, seconds: float = 15) -> Any:
    """Return what is found, as soon as something is."""
    found: list[Any] = []

    def is_found() -> bool:
        found[:] = [find()]
        time.sleep(0.05)
        return bool(found[0])

    wait_until(is_found, seconds=seconds, what=what)
    return found[0]
