"""The checks of faults find fault: with nothing to judge, nothing is in order."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from chaos import crowding, settling
from chaos.crowding import Crowd
from chaos.customers import Outcome, Page, most_within, percentile
from chaos.load import Seen
from chaos.settling import Size, Spell
from support.verdicts import Verdict

SORRY = "One moment, please"


def not_ok(verdicts: Iterator[Verdict]) -> list[str]:
    return [verdict.name for verdict in verdicts if not verdict.ok]


@pytest.fixture
def ground():
    return SimpleNamespace(
        orders=lambda: {"a": "1"},
        confirmations=lambda: {"1": [0.0]},
        breaches=list,
        due=lambda: 0,
    )


def traffic(*outcomes: Outcome) -> SimpleNamespace:
    ordered = [one for one in outcomes if one.is_ordered]
    broken = [one for one in outcomes if one.is_broken]
    return SimpleNamespace(ordered=ordered, broken=broken)


def test_where_nobody_could_order_nothing_is_settled(ground):
    nobody, one = traffic(), traffic(Outcome(302, "a", 0.1, 0.0))

    assert not_ok(settling.settled(ground, nobody, "x", least=1)) == ["x: orders"]
    assert not_ok(settling.settled(ground, one, "x", least=1)) == []


def test_so_many_orders_there_must_be():
    assert settling.orders_in(48) == 24
    assert settling.orders_in(0.1) == 1


def test_patience_is_asked_for_while_there_is_a_fault_and_no_longer():
    refused = Seen(Page(503, "/", SORRY), at=100.0)
    readers, buyers = SimpleNamespace(seen=[refused]), traffic()

    def judged(spell: Spell) -> list[str]:
        told = settling.asked_for_patience("x", readers, buyers, spells=[spell])
        return not_ok(told)

    assert judged(Spell(99, 101)) == []
    assert judged(Spell(80, 90)) == ["x: told so without a fault"]


@pytest.mark.parametrize(
    ("pages", "wrong"),
    [
        ([Page(200, "/", "")] * 4, []),
        ([], ["x: the others' pages"]),
        (
            [Page(200, "/", "")] * 4 + [Page(0, "/", "")],
            ["x: the others' pages broken"],
        ),
        ([Page(503, "/", "")], ["x: the others' pages broken", "x: the others' pages"]),
    ],
)
def test_the_others_are_judged_by_what_they_did_not_get(pages, wrong):
    assert not_ok(crowding._served("x", Crowd([], pages), Size(calm=2))) == wrong


def test_of_nothing_there_is_no_slowest():
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.95)
    with pytest.raises(ValueError, match="nothing"):
        most_within(60, [])


def test_the_minute_slides():
    # Half in one minute and half in the next, by the clock: all within twenty seconds.
    assert most_within(60, [50, 55, 65, 70]) == 1
    assert most_within(10, [0, 20, 40, 45]) == 0.5
