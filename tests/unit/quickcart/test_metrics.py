"""Figures stay few, are added up over processes, and are shown to few."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import RequestFactory

from kernel import events
from quickcart.observability import access, metrics, middleware, shared, shops

ROOT = Path(__file__).resolve().parents[3]


def a_shop(number):
    return SimpleNamespace(pk=number, subdomain=f"shop-{number}")


def test_a_thousand_shops_have_few_labels(settings):
    labels = {shops.label(a_shop(number)) for number in range(1, 1001)}

    assert len(labels) == settings.METRICS_MOST_SHOPS + 1
    assert shops.OTHER in labels


def test_named_shops_alone_have_labels(settings):
    settings.METRICS_SHOPS = ["shop-7", "shop-900"]

    labels = {shops.label(a_shop(number)) for number in range(1, 1001)}

    assert labels == {"shop-7", "shop-900", shops.OTHER}


def test_only_what_was_answered_as_kept_is_counted_so():
    looked_up = RequestFactory().get("/")
    looked_up.edition = object()  # of a shop that is shut, say
    kept = RequestFactory().get("/")
    kept.edition, kept.is_kept = object(), True

    assert middleware.view_of(looked_up) == "none"
    assert middleware.view_of(kept) == middleware.KEPT


def test_events_with_endless_words_are_counted_as_other():
    metrics.listen()

    for number in range(200):
        events.tell("delivery", kind=f"kind-{number}", outcome="done")

    text = metrics.exposition().decode()
    kinds = set(re.findall(r'quickcart_deliveries_total\{kind="([^"]+)"', text))
    # What was counted before stays.
    assert len({kind for kind in kinds if "kind-" in kind}) <= metrics.MOST_WORDS
    assert "other" in kinds


COUNT = """
import os, sys
sys.path[:0] = [{root!r}, {root!r} + "/platform"]
from pathlib import Path
from quickcart.observability import shared
shared.share(Path({where!r}), "web", main=os.getppid())
import prometheus_client as prometheus
counter = prometheus.Counter("quickcart_x", "x", ["a"])
counter.labels("b").inc({times})
gauge = prometheus.Gauge("quickcart_y", "y", multiprocess_mode="livesum")
gauge.inc(5)
"""


def count(where, times):
    code = COUNT.format(root=str(ROOT), where=str(where), times=times)
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_ended_processes_counted_is_kept_in_one_file(tmp_path):
    from prometheus_client import multiprocess

    for times in (1, 2, 3):
        count(tmp_path, times)

    [directory] = tmp_path.iterdir()
    for _ in range(2):
        with shared.reading(directory) as files:
            found = {
                sample.name: sample.value
                for metric in multiprocess.MultiProcessCollector.merge(files)
                for sample in metric.samples
            }
        assert found == {"quickcart_x_total": 6.0}
        assert [Path(file).name for file in files] == ["counter_0.db"]


def test_a_new_run_removes_what_a_killed_one_left(tmp_path, monkeypatch):
    monkeypatch.setenv(shared.VARIABLE, "what it was before, restored at the end")
    left = tmp_path / "web-999999999-1"
    left.mkdir()

    shared.share(tmp_path, "web", main=os.getpid())

    assert not left.exists()


@pytest.mark.parametrize(
    ("headers", "address", "is_seen"),
    [
        ({}, "127.0.0.1", True),
        ({}, "203.0.113.7", False),
        ({"authorization": "Bearer right"}, "203.0.113.7", True),
        ({"authorization": "Bearer wrong"}, "203.0.113.7", False),
        ({"authorization": "Basic right"}, "203.0.113.7", False),
        ({"x-forwarded-for": "203.0.113.7"}, "127.0.0.1", False),
        (
            {"authorization": "Bearer right", "forwarded": "for=203.0.113.7"},
            "127.0.0.1",
            False,
        ),
        ({}, "", False),
    ],
)
def test_figures_are_for_this_machine_or_with_a_token(
    settings, headers, address, is_seen
):
    settings.WATCH_TOKEN = "right"

    assert access.is_watcher(headers, address=address) is is_seen


def test_without_a_token_no_token_opens(settings):
    settings.WATCH_TOKEN = ""

    headers = {"authorization": "Bearer "}
    assert not access.is_watcher(headers, address="203.0.113.7")
