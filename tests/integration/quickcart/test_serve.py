"""Workers are replaced while people are connected: nobody is hung up on."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.database import ROOT
from support.processes import free_ports, stop

APPLICATION = """
import os

if os.path.exists(os.environ["GATE"] + ".shut"):
    with open(os.environ["GATE"]) as gate:
        gate.read()

def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        gate = os.open(os.environ["GATE"], os.O_RDONLY)
        os.read(gate, 1)
        os.close(gate)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""
PATIENCE = 30  # seconds
#: Who is killed, because it does not hear that it shall end, is killed too late for us.
KILLED_AFTER = 2 * PATIENCE


@dataclass
class Served:
    """A web server with one worker."""

    port: int
    gate: Path
    log: Path
    process: subprocess.Popen[bytes]

    def connected(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=PATIENCE
        )
        connection.connect()
        return connection

    def told(self, what: str) -> list[str]:
        """Return the processes' numbers at the end of such lines of the log."""
        return re.findall(rf"{what}.*?(\d+)$", self.log.read_text(), re.MULTILINE)

    def renew(self) -> None:
        self.process.send_signal(signal.SIGHUP)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def asked(connection: http.client.HTTPConnection, path: str = "/") -> str:
    connection.request("GET", path)
    return connection.getresponse().read().decode()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "tiny.py").write_text(APPLICATION)
    gate, log = tmp_path / "gate", tmp_path / "log"
    os.mkfifo(gate)
    [port] = free_ports(1)
    paths = [str(tmp_path), str(ROOT / "platform")]
    command = [sys.executable, "-m", "quickcart.serve", "--interface", "wsgi"]
    command += ["--port", str(port), "--workers", "1", "--respawn-interval", "0.01"]
    command += ["--workers-kill-timeout", str(KILLED_AFTER), "tiny:application"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), "GATE": str(gate)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    there = Served(port, gate, log, process)
    try:
        until(lambda: there.told("Started worker"))
        yield there
    finally:
        stop(process)


def test_who_has_not_asked_yet_is_answered_by_the_next_worker(served):
    before = asked(served.connected())
    patient = [served.connected() for _number in range(20)]

    served.renew()
    until(lambda: served.told("Stopped old worker"))

    answers = {asked(connection) for connection in patient}
    assert before not in answers
    assert len(answers) == 1


def test_who_has_asked_is_answered_before_the_worker_ends(served):
    before = asked(served.connected())
    waiting = [served.connected() for _number in range(3)]
    for connection in waiting:
        connection.request("GET", "/slow")
    # Opens as soon as somebody is in front of it.
    with served.gate.open("wb", buffering=0) as gate:
        served.renew()
        until(lambda: served.told("Stopping old worker"))
        gate.write(b"1" * len(waiting))
        answers = [one.getresponse().read().decode() for one in waiting]

    assert before in answers

    until(lambda: served.told("Stopped old worker"))


def test_a_worker_stays_until_the_next_has_loaded_the_application(served):
    before = asked(served.connected())
    shut = served.gate.with_suffix(".shut")
    shut.touch()

    served.renew()
    # Opens as soon as the new one has come to it.
    with served.gate.open("wb"):
        assert "Stopping old worker" not in served.log.read_text()
        assert {asked(served.connected()) for _each in range(20)} == {before}

    until(lambda: served.told("Stopped old worker"))
    assert asked(served.connected()) != before


def test_a_worker_that_is_still_loading_ends_when_it_is_asked_to(served):
    served.gate.with_suffix(".shut").touch()
    served.renew()

    with served.gate.open("wb"):
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(PATIENCE) == 0


def test_a_server_that_ends_refuses_at_once_what_a_proxy_may_ask_elsewhere(served):
    before = asked(served.connected())
    waiting = served.connected()
    waiting.request("GET", "/slow")
    with served.gate.open("wb", buffering=0) as gate:
        served.process.send_signal(signal.SIGTERM)
        until(lambda: is_refused(served))
        gate.write(b"1")
        answer = waiting.getresponse().read().decode()

    assert answer == before
    assert served.process.wait(PATIENCE) == 0


def is_refused(served: Served) -> bool:
    try:
        served.connected().close()
    except ConnectionRefusedError:
        return True
    return False
