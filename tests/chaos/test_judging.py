"""The checks of faults find fault: with nothing to judge, nothing is in order."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from chaos import crowding, mail_away, pace, settling
from chaos.crowding import Crowd
from chaos.customers import Outcome, Page, most_within, percentile
from chaos.load import Readers, Seen, SlowClients, seconds_of, wait_until
from chaos.pace import Visit
from chaos.settling import Spell
from support.verdicts import Verdict

SORRY = "One moment, please"
AN_ORDER = Outcome(302, "a", 0.1, 0.0)


def not_ok(verdicts: Iterator[Verdict]) -> list[str]:
    return [verdict.name for verdict in verdicts if not verdict.ok]


@pytest.fixture
def ground():
    return SimpleNamespace(
        orders=lambda: {"a": "1"},
        confirmations=lambda: {"1": [0.0]},
        breaches=list,
        due=lambda: 0,
        settled=set(),
    )


def traffic(*outcomes: Outcome) -> SimpleNamespace:
    ordered = [one for one in outcomes if one.is_ordered]
    broken = [one for one in outcomes if one.is_broken]
    return SimpleNamespace(ordered=ordered, broken=broken)


def test_where_nobody_could_order_nothing_is_settled(ground):
    nobody, one = traffic(), traffic(AN_ORDER)

    assert not_ok(settling.settled(ground, nobody, "x", least=1)) == ["x: orders"]
    assert not_ok(settling.settled(ground, one, "x", least=1)) == []


def test_orders_nobody_has_heard_of_are_confirmed_too(ground):
    ground.orders = lambda: {"a": "1", "unheard of": "2"}

    judged = settling.settled(ground, traffic(AN_ORDER), "x", least=1)

    assert not_ok(judged) == ["x: confirmations missing"]


@pytest.mark.parametrize(("cuts", "wrong"), [(1, ["x: confirmations twice"]), (2, [])])
def test_each_letter_too_many_counts_once(ground, cuts, wrong):
    ground.confirmations = lambda: {"1": [0.0] * 3}

    judged, again = (
        settling.settled(ground, traffic(AN_ORDER), "x", least=1, cuts=allowed)
        for allowed in (cuts, 0)
    )

    assert not_ok(judged) == wrong
    assert not_ok(again) == []


@pytest.mark.parametrize("status", [0, 404, 429, 503])
def test_who_is_turned_away_has_no_page(status):
    page = Page(status, "/", "", seconds=1.0)
    readers = Readers(SimpleNamespace(), ["/"])
    readers.seen = [Seen(page, at=100.0)]

    assert readers.failed == [page]
    assert readers.first_good_after(0) is None
    assert seconds_of([page, Page(200, "/", "", seconds=2.0)]) == [2.0]


@pytest.mark.parametrize("status", [404, 429])
def test_only_a_moment_may_be_asked_for(status):
    readers = SimpleNamespace(seen=[Seen(Page(status, "/", "no"), at=100.0)])
    spell = Spell(99, 101)

    told = settling.asked_for_patience("x", readers, traffic(), spells=[spell])

    assert not_ok(told) == ["x: broken in another way"]


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
        ([Page(429, "/", "")], ["x: the others' pages broken", "x: the others' pages"]),
    ],
)
def test_the_others_are_judged_by_what_they_did_not_get(pages, wrong):
    crowd = Crowd([Page(200, "/", "")] * 20, pages)

    assert not_ok(crowding._served("x", crowd, least=2, together=10)) == wrong


def test_there_must_have_been_a_crowd():
    crowd = Crowd([Page(200, "/", "")] * 19, [Page(200, "/", "")] * 4)

    judged = crowding._served("x", crowd, least=2, together=10)

    assert not_ok(judged) == ["x: its pages"]


@contextlib.contextmanager
def listening(*, answer: bytes | None) -> Iterator[SimpleNamespace]:
    """Stand in for web: answer whoever speaks at once; with None, take nobody in."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:

        def greet() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line, _peer = server.accept()
                    with line:
                        line.recv(1000)
                        line.sendall(answer)

        if answer is not None:
            threading.Thread(target=greet, daemon=True).start()
        yield SimpleNamespace(port=server.getsockname()[1], host="{}.localhost".format)
        server.shutdown(socket.SHUT_RDWR)


def test_who_was_only_let_in_by_the_kernel_is_not_held():
    with listening(answer=None) as web, SlowClients(web, 3) as slow:
        assert slow.ready.wait(10)
        assert (slow.held_by([os.getpid()]), slow.ended) == (0, 0)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 408 Request Timeout\r\n\r\n"])
def test_who_is_sent_away_is_counted(answer):
    with listening(answer=answer) as web, SlowClients(web, 3) as slow:

        def is_over() -> bool:
            return slow.ended == 3 and slow.held_by([os.getpid()]) == 0

        wait_until(is_over, seconds=10, what="the end of all lines")


WHOLE = b"HTTP/1.1 200 OK\r\n\r\n<html></html>\n"


@pytest.mark.parametrize(
    ("answer", "status"), [(WHOLE, 200), (WHOLE[:-9], 0), (b"", 0)]
)
def test_a_page_that_was_cut_short_is_none(answer, status):
    with listening(answer=answer) as web:
        answers = pace.answers(
            web.port, [Visit(0, "alder", "/"), Visit(0.1, "birch", "/")]
        )

    assert {
        shop: [page.status for page in pages] for shop, pages in answers.items()
    } == {
        "alder": [status],
        "birch": [status],
    }


def test_what_has_not_left_is_late_by_now():
    over = datetime(2026, 3, 4, 12, tzinfo=UTC)
    minute = timedelta(minutes=1)

    late = mail_away.lateness(
        [over - minute, over + minute, None], after=over, now=over + 16 * minute
    )

    assert late == [0, 60, 960]


def test_of_nothing_there_is_no_slowest():
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.95)
    with pytest.raises(ValueError, match="nothing"):
        most_within(60, [])


def test_the_minute_slides():
    # Half in one minute and half in the next, by the clock: all within twenty seconds.
    assert most_within(60, [50, 55, 65, 70]) == 1
    assert most_within(10, [0, 20, 40, 45]) == 0.5
