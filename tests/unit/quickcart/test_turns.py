"""Queues are served in turns, and none is forgotten."""

import random
import threading
from collections import deque

from quickcart import turns
from quickcart.turns import Turns

SECONDS = 10


def test_queues_take_turns_and_keep_their_order():
    queues = Turns(most=10)
    for name, waiting in [("a", 1), ("a", 2), ("a", 3), ("b", 4), ("c", 5), ("b", 6)]:
        assert queues.put(name, waiting)

    assert [queues.take() for _each in range(6)] == [1, 4, 5, 2, 6, 3]


def test_whoever_comes_late_comes_before_those_who_were_served():
    queues = Turns(most=100)
    for name in ("busy", "busier"):
        for number in range(50):
            queues.put(name, number)
        queues.take()
    for name in ("quiet", "quieter"):
        queues.put(name, name)

    assert [queues.take(), queues.take()] == ["quiet", "quieter"]


def test_whoever_comes_again_and_again_takes_turns_with_who_waits():
    queues = Turns(most=100)
    for number in range(3):
        queues.put("patient", number)
    taken = []
    for _turn in range(6):
        # Alone in its queue each time.
        if "again" not in queues._queues:
            queues.put("again", "again")
        taken.append(queues.take())

    assert taken == [0, "again", 1, "again", 2, "again"]


def test_only_so_many_turns_are_remembered(monkeypatch):
    monkeypatch.setattr(turns, "MOST_HOSTS", 3)
    queues = Turns()
    for number in range(10):
        queues.put(f"shop {number}", number)
        assert queues.take() == number

    assert len(queues._last_turns) <= 3


def wait_of_others(*, together, in_one=False):
    """Return the p95 of the pages that other shops' visitors wait, their own included.

    One process makes them, six tenths of its time when ten come to the busy shop at once.
    """
    chance, length = random.Random(1), 50_000
    coming = []
    for shop in ("busy", "other", "another"):
        at = chance.expovariate(0.05)
        while at < length:
            coming += [(at, shop)] * (together if shop == "busy" else 1)
            at += chance.expovariate(0.05)
    coming = deque(sorted(coming))
    queues, now, waits = Turns(most=100_000), 0.0, []
    while coming or queues._queues:
        if not queues._queues:
            now = max(now, coming[0][0])
        while coming and coming[0][0] <= now:
            visit = coming.popleft()
            queues.put("all" if in_one else visit[1], visit)
        at, shop = queues.take()
        now += 1
        if shop != "busy":
            waits.append(now - at)
    return sorted(waits)[int(len(waits) * 0.95)]


def test_the_others_hardly_notice_a_shop_at_ten_times_their_load():
    usual = wait_of_others(together=1)

    assert wait_of_others(together=10) <= 1.5 * usual
    assert wait_of_others(together=10, in_one=True) >= 5 * usual


def test_a_full_queue_says_no_and_the_others_do_not():
    queues = Turns(most=2)

    assert [queues.put("a", 1), queues.put("a", 2), queues.put("a", 3)] == [
        True,
        True,
        False,
    ]
    assert queues.put("b", 4)
    assert queues.put("a", 5, is_bounded=False)
    assert [queues.take() for _each in range(3)] == [1, 4, 2]
    assert queues.put("a", 6)


def test_an_empty_queue_leaves_nothing_behind():
    queues = Turns()
    for number in range(1000):
        queues.put(f"host {number}", number)
        queues.take()

    assert not queues._queues
    assert not queues._next


def test_many_threads_lose_nothing_and_take_nothing_twice():
    queues = Turns(most=100_000)
    taken = []

    def put(name):
        for number in range(2000):
            queues.put(name, (name, number))

    def take():
        taken.extend(queues.take() for _each in range(2000))

    threads = [threading.Thread(target=put, args=(f"shop {n}",)) for n in range(4)]
    threads += [threading.Thread(target=take) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)

    assert sorted(taken) == sorted(
        (f"shop {n}", m) for n in range(4) for m in range(2000)
    )
