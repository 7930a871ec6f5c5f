"""What programs say of themselves, and to whom."""

import json
import time

import pytest
from support.worker import wait_until

from quickcart.observability import heartbeat

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("watched")]


@pytest.mark.parametrize("program", ["web", "realtime"])
def test_a_program_lives_and_is_ready(watched, program):
    network = watched.network
    port = network.port if program == "web" else network.realtime_port

    live, ready = (watched.get(path, port=port) for path in ("/livez", "/readyz"))

    assert (live.status, live.text) == (200, "ok\n")
    assert ready.status == 200, ready.text
    said = json.loads(ready.text)
    assert said["status"] == "ready"
    assert said["parts"]["database"] == "ok"
    assert said["parts"]["valkey"] == "ok"


def test_an_outsider_is_told_in_a_word(watched):
    answer = watched.get("/readyz", X_Forwarded_For="203.0.113.7")

    assert json.loads(answer.text) == {"status": "ready"}


def test_the_worker_s_heart_beats(watched):
    path = heartbeat.place(watched.network.told)

    wait_until(path.exists, seconds=15, what="a beat")

    assert heartbeat.is_alive(path, now=time.time())
    assert not heartbeat.is_alive(path, now=time.time() + heartbeat.OLDEST)
