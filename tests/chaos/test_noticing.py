"""What is looked at is what happened after a fault, and what was told, not what passed."""

import asyncio
import os
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from chaos import recovering, rolling, settling, watchers
from chaos.customers import Outcome, Page
from chaos.load import wait_until
from chaos.pouring import Poison
from chaos.rolling import Shopkeeper
from chaos.settling import Size
from chaos.watchers import Watcher

from quickcart.launcher.state import Process
from storefront.oscar_apps.order.models import OrderStatus


def ordered(*, sent: float, acknowledged: float) -> Outcome:
    return Outcome(302, "a", acknowledged - sent, acknowledged)


def test_an_order_sent_before_the_fault_says_nothing_of_its_end():
    before = ordered(sent=99.9, acknowledged=100.5)
    after = ordered(sent=103, acknowledged=104)
    traffic = SimpleNamespace(ordered=[before, after])

    assert recovering.orders(traffic, after=100) == 4


@pytest.mark.parametrize(("seconds", "is_ok"), [(0.4, True), (0.6, False)])
def test_who_orders_while_letters_wait_is_served_as_before(seconds, is_ok):
    before, during = ([ordered(sent=0, acknowledged=took)] for took in (0.1, seconds))

    judged = settling.as_usual(Size(), "order", during, before)

    assert judged.ok is is_ok


class Ground:
    """Orders whose pages are told, or are not."""

    def __init__(self) -> None:
        self.watchers: dict[str, Watcher] = {}
        self.advanced: list[str] = []
        self.is_telling = True

    def watched(self, reference: str, *, is_open: bool = True) -> Watcher:
        watcher = Watcher(self, None, reference, seen=[(0, "placed")], is_open=is_open)
        self.watchers[reference] = watcher
        return watcher

    def advance(self, reference: str, to: OrderStatus, subdomain: str) -> None:
        self.advanced.append(reference)
        if self.is_telling:
            self.watchers[reference].seen.append((time.monotonic(), to))

    def is_told(self, reference: str) -> bool:
        return True


@pytest.fixture
def ground() -> Ground:
    return Ground()


def test_a_page_that_is_not_told_has_not_seen_it(ground):
    watcher = ground.watched("a")

    told = watcher.change(OrderStatus.ACCEPTED)
    ground.is_telling = False
    untold = watcher.change(OrderStatus.PICKING)

    assert watchers.unseen([told, untold], patience=0.2) == 1
    assert (told.is_shown, untold.is_shown) == (True, False)
    assert told.delay < 0.1 < untold.delay


@pytest.mark.parametrize(
    ("status", "is_shown"), [(200, True), (286, True), (0, False), (503, False)]
)
def test_an_open_page_notes_every_answer_that_shows_no_state(ground, status, is_shown):
    answer = Page(status, "/orders/a/state/", "accepted")

    async def get(path: str) -> Page:
        return answer

    watcher = ground.watched("a")
    watcher.wanderer = SimpleNamespace(get=get)

    asyncio.run(watcher._refresh())

    assert watcher.failed == ([] if is_shown else [answer])
    assert watcher.shown == ("accepted" if is_shown else "placed")


def test_a_program_is_replaced_when_another_process_does_its_work():
    here, gone = Process.of(os.getpid()), Process(os.getpid(), 1)
    before = {"web": {gone}, "realtime": {gone}, "worker": {here}, "beat": set()}
    now = {"web": {here}, "realtime": set(), "worker": {here}, "beat": {here}}

    assert rolling.replaced(before, now) == 1


def test_poison_was_due_where_it_was_there_before_and_after():
    def at(second: int) -> datetime:
        return datetime(2026, 3, 4, 12, 0, second, tzinfo=UTC)

    due = [{1}, {1, 2}, {3}, set()]
    looks = [(at(2 * number), frozenset(keys)) for number, keys in enumerate(due)]
    poison = Poison(None, _looks=looks)

    moments = [second for second in range(9) if poison.was_due(at(second))]

    assert moments == [0, 1]


def test_half_of_the_orders_change_when_nobody_can_be_told(ground):
    cut_off, there = ground.watched("a"), ground.watched("b")

    with Shopkeeper(ground, [cut_off, there], OrderStatus.ACCEPTED) as shopkeeper:
        wait_until(lambda: len(shopkeeper.changes) == 1, seconds=5, what="a change")
        cut_off.is_open = False
        wait_until(lambda: len(shopkeeper.changes) == 2, seconds=5, what="the other")

    assert ground.advanced == ["b", "a"]
    assert (shopkeeper.unheard, cut_off.is_kept_away) == (1, False)


def test_who_never_loses_the_socket_sees_a_change_all_the_same(ground):
    with Shopkeeper(ground, [ground.watched("a")], OrderStatus.ACCEPTED) as shopkeeper:
        pass

    assert (len(shopkeeper.changes), shopkeeper.unheard) == (1, 0)
