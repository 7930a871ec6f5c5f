"""What is looked at is what happened after a fault, and what was told, not what passed."""

import time
from types import SimpleNamespace

import pytest
from chaos import recovering, watchers
from chaos.customers import Outcome
from chaos.load import wait_until
from chaos.rolling import Shopkeeper
from chaos.watchers import Change, Watcher

from storefront.oscar_apps.order.models import OrderStatus


def ordered(*, sent: float, acknowledged: float) -> Outcome:
    return Outcome(302, "a", acknowledged - sent, acknowledged)


def test_an_order_sent_before_the_fault_says_nothing_of_its_end():
    before = ordered(sent=99.9, acknowledged=100.5)
    after = ordered(sent=103, acknowledged=104)
    traffic = SimpleNamespace(ordered=[before, after])

    assert recovering.orders(traffic, after=100) == 4


class Ground:
    """Orders whose pages are told, or are not."""

    def __init__(self) -> None:
        self.watchers: dict[str, Watcher] = {}
        self.is_telling = True

    def watched(self, reference: str, *, is_open: bool = True) -> Watcher:
        watcher = Watcher(self, None, reference, seen=[(0, "placed")], is_open=is_open)
        self.watchers[reference] = watcher
        return watcher

    def advance(self, reference: str, to: OrderStatus, subdomain: str) -> None:
        if self.is_telling:
            self.watchers[reference].seen.append((time.monotonic(), to))


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


def test_half_of_the_orders_change_when_nobody_can_be_told(ground):
    there, away = ground.watched("a"), ground.watched("b")

    with Shopkeeper([there, away], OrderStatus.ACCEPTED) as shopkeeper:
        there.is_open = False
        wait_until(lambda: len(shopkeeper.changes) == 2, seconds=5, what="changes")

    assert unheard(shopkeeper.changes) == {"a": True, "b": False}


def test_who_never_loses_the_socket_sees_a_change_all_the_same(ground):
    with Shopkeeper([ground.watched("a")], OrderStatus.ACCEPTED) as shopkeeper:
        pass

    assert unheard(shopkeeper.changes) == {"a": False}


def unheard(changes: list[Change]) -> dict[str, bool]:
    return {change.watcher.reference: change.is_unheard for change in changes}
