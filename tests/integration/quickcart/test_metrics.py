"""Figures of real programs: added up over their processes, seen by few."""

import os
import signal
import time
from pathlib import Path

import pytest
from support.watching import TOKEN, eventually

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("watched")]

SHOP = {"Host": "alder.localhost"}


def test_both_workers_of_the_web_are_counted_together(watched):
    before = watched.samples()

    for _ in range(12):
        assert watched.get("/", **SHOP).status == 200

    after = watched.samples()
    views = {one for one in after if one.startswith("quickcart_requests_total")}
    grown = sum(after[one] - before.get(one, 0) for one in views)
    assert grown == 12
    assert after['quickcart_processes{program="web"}'] == 2


def test_a_shop_has_its_line(watched):
    watched.get("/", **SHOP)

    samples = watched.samples()

    assert samples['quickcart_shop_requests_total{shop="alder",status="2xx"}'] >= 1


def test_the_network_s_figures_are_told(watched):
    samples = watched.samples()

    assert samples["quickcart_database_up"] == 1
    assert samples["quickcart_valkey_up"] == 1
    assert samples["quickcart_outbox_dead"] >= 0
    assert samples["quickcart_outbox_oldest_due_seconds"] >= 0
    assert samples['quickcart_shops{state="live"}'] == 3
    assert samples["quickcart_database_most_connections"] > 10
    assert samples["quickcart_last_backup_timestamp_seconds"] == 0


def test_tasks_are_counted_by_the_worker(watched):
    watched.send_task("notifications.tasks.sweep", "public")
    name = 'quickcart_tasks_total{outcome="success",task="notifications.tasks.sweep"}'

    def counted() -> bool:
        return watched.samples(port=watched.worker_port).get(name, 0) >= 1

    assert eventually(counted, what="the worker to count its task")


def _counters(watched, program: str) -> tuple[Path, set[int]]:
    """Return where a program counts, and which processes have; nobody is asked."""
    [directory] = (watched.network.var / "watch/metrics").glob(f"{program}-*")
    stems = (path.stem for path in directory.glob("counter_*.db"))
    return directory, {int(stem.rpartition("_")[2]) for stem in stems}


def _killed(watched, program: str) -> None:
    """Kill a process of a program that is no main process; wait for its successor."""

    def others() -> set[int]:
        return _counters(watched, program)[1] - {0, watched.network.pids(program)[0]}

    directory, _pids = _counters(watched, program)
    victim = min(eventually(others, what="a process to count"))
    os.kill(victim, signal.SIGKILL)

    def is_folded() -> bool:
        return not [*directory.glob(f"*_{victim}.db")]

    assert eventually(is_folded, what="a new process to fold what it left")
    assert (directory / "counter_0.db").exists()


def test_what_a_killed_process_of_web_counted_is_folded_unasked(watched):
    for _ in range(4):
        watched.get("/", **SHOP)
    line = 'quickcart_shop_requests_total{shop="alder",status="2xx"}'
    before = watched.samples()[line]

    _killed(watched, "web")

    def are_both_back() -> bool:
        return watched.samples()['quickcart_processes{program="web"}'] == 2

    assert eventually(are_both_back, what="both processes")
    assert watched.samples()[line] >= before
    newest = 'quickcart_newest_process_timestamp_seconds{program="web"}'
    assert watched.samples()[newest] == pytest.approx(time.time(), abs=60)


def test_what_a_killed_process_of_the_worker_counted_is_folded_unasked(watched):
    watched.send_task("notifications.tasks.sweep", "public")

    _killed(watched, "worker")


def test_an_outsider_sees_no_figures(watched):
    forwarded = {"X-Forwarded-For": "203.0.113.7"}
    token = {"Authorization": f"Bearer {TOKEN}"}

    assert watched.get("/metrics", **forwarded).status == 404
    assert watched.get("/metrics", **forwarded, **token).status == 404
    assert watched.get("/metrics").status == 200
