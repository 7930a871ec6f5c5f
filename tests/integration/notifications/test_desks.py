"""Letters are written at desks: one process of a worker always stays free."""

import multiprocessing
import os
import signal
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction

from kernel import clock
from notifications import outbox, tasks, wakeup
from notifications.desks import Desks
from notifications.handlers import Lane
from notifications.models import Message
from tenants import context


@contextmanager
def elsewhere(desks):
    """Have another process sit at a desk, as a worker's own does."""
    ready, say = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            with desks.one() as is_free:
                os.write(say, b"1" if is_free else b"0")
                signal.pause()
        finally:
            os._exit(0)
    try:
        yield os.read(ready, 1) == b"1"
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(ready)
        os.close(say)


def test_no_more_letters_are_written_at_once_than_there_are_desks():
    desks = Desks(2)

    with elsewhere(desks) as first, elsewhere(desks) as second:
        assert first
        assert second
        with desks.one() as third:
            assert not third


def test_a_process_that_is_killed_leaves_its_desk():
    desks = Desks(1)

    with elsewhere(desks) as taken:
        assert taken
    with desks.one() as free:
        assert free


def test_a_desk_is_free_again_after_a_letter_that_failed():
    desks = Desks(1)

    with pytest.raises(OSError, match="no server"), desks.one():
        raise OSError("no server")
    with elsewhere(desks) as free:
        assert free


def test_whoever_found_no_desk_is_called_in_their_order():
    desks = Desks(1)
    for name in ("shop_1", "shop_2"):
        desks.put_off(name)

    assert [desks.next() for _call in range(3)] == ["shop_1", "shop_2", None]


def test_whoever_is_put_off_again_keeps_their_place_and_is_called_once():
    desks = Desks(1)
    for name in ("shop_1", "shop_2", "shop_1", "shop_3", "shop_2"):
        desks.put_off(name)

    assert list(iter(desks.next, None)) == ["shop_1", "shop_2", "shop_3"]


def test_processes_queue_up_one_after_another():
    desks = Desks(1)
    fork = multiprocessing.get_context("fork")
    other = fork.Process(target=desks.put_off, args=("shop_2",))

    with desks._queue() as waiting:
        other.start()
        other.join(0.5)
        waiting.append("shop_1")
    other.join(10)

    assert other.exitcode == 0
    assert list(iter(desks.next, None)) == ["shop_1", "shop_2"]


def run(task, schema_name, **kwargs):
    task.push_request(headers={"_schema_name": schema_name})
    try:
        task(**kwargs)
    finally:
        task.pop_request()


def post(kind):
    with transaction.atomic():
        outbox.post(kind=kind, dedupe_key=kind, payload={}, now=clock.now())


@pytest.fixture
def woken(monkeypatch):
    sent = []
    monkeypatch.setattr(
        wakeup, "send", lambda name, *, lane=Lane.INSIDE: sent.append((name, lane))
    )
    return sent


@pytest.fixture
def desks(monkeypatch):
    desks = Desks(1)
    monkeypatch.setattr(tasks, "_desks", desks)
    return desks


@pytest.fixture
def said(taking):
    """What was done, in its order."""
    done = []
    for kind, lane in (("news", Lane.INSIDE), ("letter", Lane.OUTSIDE)):
        taking(
            kind,
            lambda payload, *, dedupe_key, now: done.append(dedupe_key),
            lane=lane,
        )
    return done


def test_news_are_told_before_letters_are_written(alder, desks, woken, said):
    with context.inside(alder):
        post("letter")
        post("news")

        run(tasks.relay, alder.schema_name)
        assert said == ["news"]
        assert woken == [(alder.schema_name, Lane.OUTSIDE)]

        run(tasks.relay, alder.schema_name, lane="outside")
        assert said == ["news", "letter"]


def test_where_no_letter_is_due_nobody_is_asked_to_write(alder, desks, woken, said):
    with context.inside(alder):
        post("news")
        run(tasks.relay, alder.schema_name)

    assert woken == []


def test_news_are_told_while_every_desk_waits_for_a_mail_server(
    alder, birch, desks, woken, said
):
    for shop in (alder, birch):
        with context.inside(shop):
            post("letter")
            post("news")

    with elsewhere(desks):
        with context.inside(birch):
            run(tasks.relay, birch.schema_name, lane="outside")
            assert Message.objects.get(kind="letter").attempts == 0
            run(tasks.relay, birch.schema_name)
        assert said == ["news"]
    woken.clear()

    # Whoever gets up from a desk calls who found none.
    with context.inside(alder):
        run(tasks.relay, alder.schema_name, lane="outside")
    assert woken == [(birch.schema_name, Lane.OUTSIDE)]


def test_who_has_many_letters_to_write_lets_others_write_theirs(
    alder, birch, cedar, desks, woken, said, monkeypatch
):
    monkeypatch.setattr(tasks, "TURN", timedelta(0))
    with elsewhere(desks):
        for shop in (birch, cedar):
            with context.inside(shop):
                run(tasks.relay, shop.schema_name, lane="outside")
    with context.inside(alder):
        post("letter")
        woken.clear()
        run(tasks.relay, alder.schema_name, lane="outside")

    # One is called for each desk that is free, and alder is the last of them.
    assert woken == [(birch.schema_name, Lane.OUTSIDE)]
    called = list(iter(desks.next, None))
    assert called == [cedar.schema_name, alder.schema_name]


def test_who_has_more_to_write_and_nobody_waits_goes_on(
    alder, desks, woken, said, monkeypatch
):
    monkeypatch.setattr(tasks, "TURN", timedelta(0))
    with context.inside(alder):
        post("letter")
        woken.clear()
        run(tasks.relay, alder.schema_name, lane="outside")

    assert woken == [(alder.schema_name, Lane.OUTSIDE)]


def test_the_hub_s_letters_have_the_same_desks(desks, woken, said):
    Message.objects.all().delete()
    post("letter")

    with elsewhere(desks):
        run(tasks.relay_hub, "public", lane="outside")
        assert said == []
    run(tasks.relay_hub, "public", lane="outside")

    assert said == ["letter"]
