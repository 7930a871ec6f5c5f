"""What nginx keeps, for whom and for how long, in front of an application we script."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.fronting import Seen

HALF = 0.5  # seconds for which a page is kept
PUBLIC = {"Cache-Control": "public, s-maxage=1, max-age=0"}


def test_a_page_for_everybody_is_kept_for_its_host(front, path):
    front.replies(PUBLIC)
    _await_a_half_second()

    first = {host: front.ask(path, host=host) for host in front.hosts}
    again = {host: front.ask(path, host=host) for host in front.hosts}

    for host in front.hosts:
        assert first[host].cache == "MISS"
        assert again[host].cache == "HIT"
        assert first[host].body.startswith(f"{host} ")
        assert again[host].body == first[host].body
    assert len(front.application.seen) == len(front.hosts)


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "__Host-session=abc"},
        {"Cookie": "__Host-basket=abc"},
        {"Cookie": "anything=0"},
        {"Authorization": "Bearer abc"},
        {"HX-Request": "true"},
    ],
    ids=str,
)
def test_whoever_is_somebody_neither_gets_nor_leaves_a_kept_page(front, path, headers):
    front.replies(PUBLIC)
    _await_a_half_second()

    own = front.ask(path, headers=headers)
    anybody = front.ask(path)
    own_again = front.ask(path, headers=headers)
    anybody_again = front.ask(path)

    bodies = [own.body, anybody.body, own_again.body]
    assert len(set(bodies)) == 3
    assert own.cache == own_again.cache == "BYPASS"
    assert anybody_again.body == anybody.body


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (PUBLIC | {"Set-Cookie": "__Host-session=mine; Path=/; Secure"}, 200),
        (PUBLIC | {"Vary": "*"}, 200),
        ({"Cache-Control": "private, max-age=60"}, 200),
        ({"Cache-Control": "no-store"}, 200),
        ({}, 200),
        ({}, 404),
        ({}, 500),
    ],
    ids=str,
)
def test_what_is_not_for_everybody_is_not_kept(front, path, headers, status):
    front.replies(headers, status)

    answers = [front.ask(path) for _number in range(3)]

    assert len({answer.body for answer in answers}) == 3
    assert "HIT" not in {answer.cache for answer in answers}


def test_what_is_sent_is_not_answered_from_what_is_kept(front, path):
    front.replies(PUBLIC)

    answers = [front.ask(path, method="POST", body=b"a=1") for _number in range(2)]

    assert len({answer.body for answer in answers}) == 2


def test_a_change_is_seen_in_half_a_second_however_many_ask(front, path):
    """Clients ask without a pause while each answer takes the application a while."""
    shown = {"text": "old"}

    def reply(seen: Seen) -> tuple[int, dict[str, str], str]:
        text = shown["text"]
        time.sleep(0.01)
        return 200, PUBLIC, text

    front.application.reply = reply
    seen: list[tuple[float, str]] = []
    began = time.monotonic()
    changed_at = began + 1.2

    def visit(_number: int) -> None:
        while time.monotonic() < began + 3:
            asked = time.monotonic()
            seen.append((asked, front.ask(path).body))

    with ThreadPoolExecutor(4) as pool:
        visits = pool.map(visit, range(4))
        time.sleep(changed_at - time.monotonic())
        shown["text"] = "new"
        list(visits)

    late = [text for asked, text in seen if asked > changed_at + HALF + 0.1]
    assert set(late) == {"new"}
    assert "old" in {text for _asked, text in seen}
    # In each half second one asks for all, and a few more where that takes longer.
    halves = 3 / HALF + 1
    assert len(front.application.seen) <= 4 * halves < len(seen)


def test_a_page_is_kept_for_its_half_second_and_no_longer(front, path):
    front.replies(PUBLIC)
    _await_a_half_second()
    first, again = front.ask(path), front.ask(path)
    time.sleep(HALF)

    later = front.ask(path)

    assert first.body == again.body != later.body


def test_what_is_slow_to_come_is_not_waited_for(front, path):
    """One asks for all; whom that takes too long asks for himself."""

    def reply(seen: Seen) -> tuple[int, dict[str, str], str]:
        time.sleep(0.3)
        return 200, PUBLIC, "slow"

    front.application.reply = reply
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _number: front.ask(path), range(4)))

    assert {answer.status for answer in answers} == {200}
    assert time.monotonic() - began < 1.0


def test_a_picture_is_its_hosts(front, path):
    address = f"/media{path}a.webp"
    front.application.reply = lambda seen: (
        (200, {"Cache-Control": "public, max-age=31536000, immutable"}, "picture")
        if seen.host == "alder.test"
        else (404, {}, "none")
    )

    answers = [front.ask(address) for _number in range(2)]
    elsewhere = front.ask(address, host="birch.test")

    assert [answer.cache for answer in answers] == ["MISS", "HIT"]
    assert "immutable" in answers[1].headers["Cache-Control"]
    assert elsewhere.status == 404


def _await_a_half_second() -> None:
    """Wait until one has just begun: what is asked for now is asked for within it."""
    time.sleep(HALF - time.time() % HALF + 0.01)
