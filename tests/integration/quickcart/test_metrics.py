"""Figures of real programs: added up over their processes, seen by few."""

import os
import signal
import time
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict
from support.network import STARTUP
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


def _counted(file: Path, word: str) -> float:
    """Add up what a process has counted of something, or those that have ended."""
    if not file.exists() or not file.stat().st_size:  # being made
        return 0
    found = MmapedDict.read_all_values_from_file(str(file))
    return sum(value for key, value, _timestamp, _position in found if word in key)


def _killed(watched, program: str, word: str) -> None:
    """Kill a process that has counted something; see it kept, and nobody asked.

    Whoever asks for figures has them folded.
    """
    [directory] = (watched.network.var / "watch/metrics").glob(f"{program}-*")
    folded = directory / "counter_0.db"
    main = directory / f"counter_{watched.network.pids(program)[0]}.db"

    def holders() -> list[Path]:
        others = set(directory.glob("counter_*.db")) - {folded, main}
        return [file for file in others if _counted(file, word)]

    file = eventually(holders, what="a process to count", seconds=STARTUP)[0]
    total = _counted(folded, word) + _counted(file, word)
    victim = file.stem.rpartition("_")[2]
    os.kill(int(victim), signal.SIGKILL)

    def is_folded() -> bool:
        return not [*directory.glob(f"*_{victim}.db")]

    eventually(is_folded, what="a new process to fold what it left", seconds=STARTUP)
    assert _counted(folded, word) == total


def test_what_a_killed_process_of_web_counted_is_folded_unasked(watched):
    for _ in range(4):
        watched.get("/", **SHOP)
    line = 'quickcart_shop_requests_total{shop="alder",status="2xx"}'
    before, began = watched.samples()[line], time.time()

    _killed(watched, "web", "quickcart_shop_requests_total")

    def are_both_back() -> bool:
        return watched.samples()['quickcart_processes{program="web"}'] == 2

    eventually(are_both_back, what="both processes", seconds=STARTUP)
    after = watched.samples()
    assert after[line] == before
    newest = 'quickcart_newest_process_timestamp_seconds{program="web"}'
    assert after[newest] >= began - 1  # the kernel tells whole seconds


def test_what_a_killed_process_of_the_worker_counted_is_folded_unasked(watched):
    task = "notifications.tasks.prune_everywhere"
    line = f'quickcart_tasks_total{{outcome="success",task="{task}"}}'
    before = watched.samples(port=watched.worker_port).get(line, 0)
    watched.send_task(task, "public")

    _killed(watched, "worker", task)

    assert watched.samples(port=watched.worker_port)[line] > before


def test_an_outsider_sees_no_figures(watched):
    forwarded = {"X-Forwarded-For": "203.0.113.7"}
    token = {"Authorization": f"Bearer {TOKEN}"}

    assert watched.get("/metrics", **forwarded).status == 404
    assert watched.get("/metrics", **forwarded, **token).status == 404
    assert watched.get("/metrics").status == 200
