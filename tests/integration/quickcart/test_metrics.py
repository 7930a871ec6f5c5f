"""Figures of real programs: added up over their processes, seen by few."""

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


def test_an_outsider_sees_no_figures(watched):
    forwarded = {"X-Forwarded-For": "203.0.113.7"}
    token = {"Authorization": f"Bearer {TOKEN}"}

    assert watched.get("/metrics", **forwarded).status == 404
    assert watched.get("/metrics", **forwarded, **token).status == 404
    assert watched.get("/metrics").status == 200
