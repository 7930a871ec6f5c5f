"""Figures stay few, are added up over processes, and are shown to few."""

import errno
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import RequestFactory
from prometheus_client import multiprocess as merging

from kernel import events
from quickcart import celery
from quickcart.observability import (
    access,
    figures,
    labour,
    metrics,
    middleware,
    programs,
    shared,
    shops,
    tracing,
)

ROOT = Path(__file__).resolve().parents[3]


def a_shop(number):
    return SimpleNamespace(pk=number, subdomain=f"shop-{number}")


def test_a_thousand_shops_have_few_labels(monkeypatch):
    monkeypatch.setattr(shops.first, "latest", lambda: None)
    monkeypatch.setattr(shops, "_first", {3, 40})

    labels = {shops.label(a_shop(number)) for number in range(1, 1001)}

    assert labels == {"shop-3", "shop-40", shops.OTHER}


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


def totals(directory):
    with shared.reading(directory) as files:
        found = {
            sample.name: sample.value
            for metric in merging.MultiProcessCollector.merge(files)
            for sample in metric.samples
        }
    return found, [Path(file).name for file in files]


def test_what_ended_processes_counted_is_kept_in_one_file(tmp_path):
    for times in (1, 2, 3):
        count(tmp_path, times)

    [directory] = tmp_path.iterdir()
    for _ in range(2):
        assert totals(directory) == ({"quickcart_x_total": 6.0}, ["counter_0.db"])


#: Above the highest a kernel gives: nobody alive has them.
DEAD = range(1 << 23, (1 << 23) + 200)


@pytest.fixture
def left_behind(tmp_path, monkeypatch):
    """The files of many ended processes of this program, each of which counted one."""
    count(tmp_path, 1)
    [directory] = tmp_path.iterdir()
    [counted] = directory.glob("counter_*.db")
    [other] = directory.glob("gauge_livesum_*.db")
    for pid in DEAD:
        shutil.copy(counted, directory / f"counter_{pid}.db")
        shutil.copy(other, directory / f"gauge_livesum_{pid}.db")
    monkeypatch.setenv(shared.VARIABLE, str(directory))
    return directory


def databases(directory):
    return sorted(path.name for path in directory.glob("*.db"))


def test_where_nobody_asks_a_new_process_folds_the_ended_ones(left_behind):
    count(left_behind.parent, 5)

    found = databases(left_behind)
    assert "counter_0.db" in found
    # The folded one, and what the process that folded has counted itself.
    assert len(found) == 3
    assert totals(left_behind)[0] == {"quickcart_x_total": len(DEAD) + 6}


def test_a_process_of_the_worker_folds_when_it_begins(left_behind, monkeypatch):
    begun = []
    monkeypatch.setattr(tracing, "start", begun.append)

    programs._worker_process_begins()

    assert begun == ["worker"]
    assert databases(left_behind) == ["counter_0.db"]
    assert totals(left_behind)[0] == {"quickcart_x_total": len(DEAD) + 1}


def test_who_begins_waits_for_nobody_who_reads_or_folds(left_behind):
    with shared.reading(left_behind):
        late = left_behind / f"counter_{DEAD[0]}.db"
        shutil.copy(left_behind / "counter_0.db", late)

        shared.fold()

        assert late.exists()
    shared.fold()
    assert not late.exists()


def test_a_process_forked_during_a_scrape_does_not_stop_the_next_one(left_behind):
    forked = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
    with shared.reading(left_behind):
        forked.start()
        late = left_behind / f"counter_{DEAD[0]}.db"
        shutil.copy(left_behind / "counter_0.db", late)
    try:
        shared.fold()
        assert not late.exists()
    finally:
        forked.kill()
        forked.join()


def test_where_the_disk_is_full_what_was_counted_is_kept(left_behind, monkeypatch):
    def no_room(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shared, "_is_reserved", lambda *_: False)
    monkeypatch.setattr(os, "posix_fallocate", no_room)
    before = {path.stat().st_ino for path in left_behind.glob("counter_*.db")}

    shared.fold()

    [folded] = left_behind.glob("*.db")
    assert folded.stat().st_ino in before
    assert totals(left_behind)[0] == {"quickcart_x_total": len(DEAD) + 1}


def test_a_process_begins_where_nothing_can_be_folded(left_behind, monkeypatch, caplog):
    shutil.rmtree(left_behind)

    shared.fold()

    assert "not folded" in caplog.text
    monkeypatch.delenv(shared.VARIABLE)
    shared.fold()


def test_a_file_that_was_begun_and_no_more_is_passed_over(left_behind):
    (left_behind / f"counter_{DEAD[0]}.db").write_bytes(b"")
    (left_behind / f"counter_{DEAD[1]}.db").write_bytes(b"\xff" * 4096)
    (left_behind / f"counter_{DEAD[2]}.db").write_bytes(bytes(4096))
    # Of those that are left these are the first, into which others are folded.
    [sound] = {*left_behind.glob("counter_*.db")} - {
        left_behind / f"counter_{pid}.db" for pid in DEAD
    }
    sound.unlink()

    shared.fold()

    assert databases(left_behind) == ["counter_0.db"]
    assert totals(left_behind)[0] == {"quickcart_x_total": len(DEAD) - 3}


def test_a_new_run_removes_what_a_killed_one_left(tmp_path, monkeypatch):
    monkeypatch.setenv(shared.VARIABLE, "what it was before, restored at the end")
    left = tmp_path / "web-999999999-1"
    left.mkdir()

    shared.share(tmp_path, "web", main=os.getpid())

    assert not left.exists()


# What alerts could not see if it were not there


def samples_of(source):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for metric in source.collect()
        for sample in metric.samples
    }


@pytest.fixture
def a_child(tmp_path, monkeypatch):
    """A process of a program whose main process is this one."""
    directory = tmp_path / f"web-{os.getpid()}-1"
    directory.mkdir()
    monkeypatch.setenv(shared.VARIABLE, str(directory))
    (directory / f"counter_{os.getpid()}.db").touch()
    time.sleep(0.05)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1) as child:
        (directory / f"counter_{child.pid}.db").touch()
        yield child
        child.kill()


def test_it_is_told_when_a_program_s_newest_process_began(a_child):
    name = "quickcart_newest_process_timestamp_seconds"
    told = samples_of(figures.Processes("web"))[name, "web"]
    alone = figures.Processes("worker", are_children_renewed=True)
    main = samples_of(alone)[name, "worker"]

    assert told == shared.begun_at(a_child.pid) == pytest.approx(time.time(), abs=10)
    assert main == shared.begun_at(os.getpid()) < told


def test_a_disk_that_does_not_answer_has_nothing_free(settings, tmp_path):
    settings.VAR = tmp_path
    settings.MEDIA_ROOT = str(tmp_path / "made" / "with the first picture")
    settings.WATCH_DIRECTORY = tmp_path / ("x" * 300)  # no name is so long
    settings.WATCH_PLACES = [str(tmp_path), str(tmp_path / "not there")]

    told = {
        (metric.name, sample.labels["place"]): sample.value
        for metric in figures._disks()
        for sample in metric.samples
    }

    free, size = "quickcart_disk_free_bytes", "quickcart_disk_size_bytes"
    assert told[size, "media"] == told[size, "data"] > 1
    assert told[size, str(tmp_path)] == told[size, "data"]
    for place in ("watch", str(tmp_path / "not there")):
        assert (told[free, place], told[size, place]) == (0, 1)


def test_what_a_task_has_not_done_yet_is_counted_as_nothing(monkeypatch):
    tried = SimpleNamespace(connect=lambda *_, **__: None)
    monkeypatch.setattr(
        labour, "signals", SimpleNamespace(task_prerun=tried, task_postrun=tried)
    )

    celery.app.loader.import_default_modules()  # as a worker does

    labour.watch()

    told = samples_of(metrics.tasks)
    for outcome in ("success", "failure"):
        assert ("quickcart_tasks_total", "notifications.tasks.sweep", outcome) in told
    assert "celery." not in str(told)


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
