"""Shops take turns at a process, and none has all its places."""

import io
import resource
import threading

import pytest

from quickcart import bodies, turns
from quickcart.turns import Door, Place

SECONDS = 10


class Line:
    """Somebody who waits for an answer, as granian hands them over."""

    def __init__(self):
        self.answer = None
        self.answered = threading.Event()

    def response_bytes(self, status, headers, body):
        self.answer = status, body
        self.answered.set()

    def wait(self):
        assert self.answered.wait(SECONDS)
        return self.answer


class Kitchen:
    """Makes pages only as long as its gate is open, and notes whose."""

    def __init__(self):
        self.gate, self.begun = threading.Event(), threading.Event()
        self.served = []

    def __call__(self, line, scope):
        self.begun.set()
        assert self.gate.wait(SECONDS)
        host = scope["HTTP_HOST"]
        self.served.append(host)
        place = scope[turns.PLACE]
        if place.is_crowded:
            line.response_bytes(503, [], b"")
            return
        if host.endswith(".shop"):
            place.shop = host.removesuffix(".shop")
        line.response_bytes(200, [], scope.get(turns.INPUT, io.BytesIO()).read())


@pytest.fixture
def kitchen():
    return Kitchen()


@pytest.fixture
def door(kitchen):
    return Door(kitchen, most=3)


def ask(door, host, **scope):
    line = Line()
    door(line, {"HTTP_HOST": host, **scope})
    return line


def make_known(door, kitchen, *hosts):
    """Serve each host once: until then it stands with the strangers."""
    kitchen.gate.set()
    for host in hosts:
        ask(door, host).wait()
    # It is noted after the answer, by the thread that serves the next.
    ask(door, "nobody").wait()
    kitchen.gate.clear()
    kitchen.begun.clear()
    kitchen.served.clear()


def occupy(door, kitchen):
    """Have the kitchen begin with something, and stay with it."""
    line = ask(door, "nobody")
    assert kitchen.begun.wait(SECONDS)
    return line


def test_a_crowd_at_one_shop_does_not_stand_before_another(door, kitchen):
    make_known(door, kitchen, "busy.shop", "quiet.shop")
    first = occupy(door, kitchen)
    lines = [ask(door, "busy.shop") for _each in range(3)]
    lines.append(ask(door, "quiet.shop"))
    kitchen.gate.set()
    for line in [first, *lines]:
        assert line.wait()[0] == 200

    assert kitchen.served.index("quiet.shop") == 2


def test_what_is_too_much_for_one_shop_is_turned_away_and_no_others(door, kitchen):
    make_known(door, kitchen, "busy.shop", "quiet.shop")
    first = occupy(door, kitchen)
    busy = [ask(door, "busy.shop") for _each in range(5)]
    quiet = [ask(door, "quiet.shop") for _each in range(3)]
    kitchen.gate.set()
    first.wait()

    assert [line.wait()[0] for line in busy] == [200, 200, 200, 503, 503]
    assert [line.wait()[0] for line in quiet] == [200, 200, 200]


def test_names_that_are_made_up_stand_in_one_queue(door, kitchen):
    make_known(door, kitchen, "quiet.shop")
    first = occupy(door, kitchen)
    forged = [ask(door, f"forged-{number}") for number in range(5)]
    line = ask(door, "quiet.shop")
    kitchen.gate.set()
    for each in [first, line, *forged]:
        each.wait()

    # Behind one of those who are turned away: none of them has had a turn yet.
    assert kitchen.served.index("quiet.shop") == 2
    assert [each.answer[0] for each in forged] == [200, 200, 200, 503, 503]


def test_those_who_watch_do_not_wait_behind_names_that_are_made_up(door, kitchen):
    first = occupy(door, kitchen)
    forged = [ask(door, f"forged-{number}") for number in range(3)]
    watcher = ask(door, "127.0.0.1", PATH_INFO="/healthz")
    kitchen.gate.set()
    for each in [first, watcher, *forged]:
        assert each.wait()[0] == 200

    assert kitchen.served.index("127.0.0.1") == 1


def test_two_hosts_of_one_shop_have_one_turn(door, kitchen):
    kitchen.gate.set()
    make_known(door, kitchen, "busy.shop", "BUSY.shop", "quiet.shop")
    first = occupy(door, kitchen)
    busy = [ask(door, host) for host in ("busy.shop", "BUSY.shop", "busy.shop")]
    busy.append(ask(door, "Busy.shop"))
    kitchen.gate.set()
    first.wait()

    assert [line.wait()[0] for line in busy] == [200, 200, 200, 503]


def test_a_page_that_fails_ends_nothing(kitchen):
    def handle(line, scope):
        if scope["HTTP_HOST"] == "broken":
            raise SystemExit(1)
        line.response_bytes(200, [], b"")

    door = Door(handle)

    assert ask(door, "broken").wait()[0] == 500
    assert ask(door, "well").wait()[0] == 200


class Slow(io.BytesIO):
    """A body that comes when it is let."""

    def __init__(self, body):
        super().__init__(body)
        self.gate = threading.Event()

    def read(self, size=-1, /):
        assert self.gate.wait(SECONDS)
        return super().read(size)


class Broken(io.BytesIO):
    """A body whose sender is lost on the way."""

    def read(self, size=-1, /):
        if piece := super().read(size):
            return piece
        raise ConnectionError


def sent(body):
    return {turns.INPUT: body, "CONTENT_LENGTH": "4"}


def test_nobody_waits_for_a_slow_sender(door, kitchen):
    kitchen.gate.set()
    body, lines = Slow(b"four"), []
    thread = threading.Thread(
        target=lambda: lines.append(ask(door, "a.shop", **sent(body)))
    )
    thread.start()
    assert ask(door, "a.shop").wait() == (200, b"")
    assert not lines
    body.gate.set()
    thread.join(SECONDS)

    assert lines[0].wait() == (200, b"four")


def test_a_body_is_there_though_its_sender_let_go(door, kitchen):
    first = occupy(door, kitchen)
    body = io.BytesIO(b"four" * 1_000_000)
    line = ask(door, "a.shop", **sent(body))
    body.close()
    kitchen.gate.set()
    first.wait()

    assert line.wait() == (200, b"four" * 1_000_000)


def test_a_body_without_an_end_is_refused(door, kitchen, monkeypatch):
    monkeypatch.setattr(bodies, "MOST_BYTES", 100_000)

    assert ask(door, "a.shop", **sent(io.BytesIO(bytes(200_000)))).wait()[0] == 413


def test_more_than_there_is_room_for_is_turned_away(kitchen, monkeypatch):
    monkeypatch.setattr(bodies, "MOST_WAITING_BYTES", 250_000)
    door = Door(kitchen, most=9)
    first = occupy(door, kitchen)
    large = [ask(door, "a.shop", **sent(io.BytesIO(bytes(100_000)))) for _n in range(4)]
    kitchen.gate.set()
    first.wait()

    assert [line.wait()[0] for line in large] == [200, 200, 503, 503]
    # Whoever is served makes room for the next, after the answer.
    ask(door, "a.shop").wait()
    again = [ask(door, "a.shop", **sent(io.BytesIO(bytes(100_000)))) for _n in range(2)]
    assert [line.wait()[0] for line in again] == [200, 200]


def test_one_shop_s_pictures_leave_room_for_another_s_orders(kitchen, monkeypatch):
    monkeypatch.setattr(bodies, "MOST_WAITING_BYTES", 100_000)
    door = Door(kitchen, most=9)
    first = occupy(door, kitchen)
    picture = ask(door, "a.shop", **sent(io.BytesIO(bytes(100_000))))
    orders = [ask(door, "b.shop", **sent(io.BytesIO(b"order"))) for _n in range(5)]
    kitchen.gate.set()
    first.wait()

    assert picture.wait()[0] == 200
    assert [line.wait() for line in orders] == [(200, b"order")] * 5


@pytest.mark.parametrize("size", [200_000, 100_001, 99_000])
def test_what_was_refused_or_never_came_leaves_no_room_taken(monkeypatch, size):
    monkeypatch.setattr(bodies, "MOST_BYTES", 100_000)
    room = bodies.Room(250_000)

    with pytest.raises((bodies.TooLarge, ConnectionError)):
        bodies.taken_in(Broken(bytes(size)), room)

    assert room.left == 250_000


@pytest.mark.parametrize("size", [70_000, 150_500, 200_000])
def test_a_full_disk_leaves_no_room_taken(size):
    """Wherever it is noticed: while a body is written, read again or closed."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    room = bodies.Room(250_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size - 1, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            bodies.taken_in(io.BytesIO(bytes(size)), room)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert room.left == 250_000


@pytest.mark.parametrize(
    ("scope", "has_body"),
    [
        ({}, False),
        ({"CONTENT_LENGTH": ""}, False),
        ({"CONTENT_LENGTH": "0"}, False),
        ({"CONTENT_LENGTH": "12"}, True),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, True),
    ],
)
def test_a_body_is_announced(scope, has_body):
    assert bodies.is_announced(scope) is has_body


def test_a_process_remembers_only_so_many_hosts(monkeypatch, kitchen):
    monkeypatch.setattr(turns, "MOST_HOSTS", 2)
    door = Door(kitchen)
    make_known(door, kitchen, "a.shop", "b.shop", "c.shop")

    assert door._shops == {"c.shop": "c"}


def test_a_place_says_nothing_at_first():
    assert Place() == Place(is_crowded=False, shop="")
