"""What nginx itself says: to its log of what it passed on, and to browsers."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from support import deployment, fronting

from quickcart.settings.parts import security

# Its log

REFERENCE = "r3fc4n4ry5b7k9m2"
LETTERS = "rfcanaryrfcanary"  # one in four hundred has no digit
KEY = "k3ycanary-0123456789abcdef01234567"
SIGNED = "MQ:1vcanary:s1gncanary-Q0w9e8r7t6y5u4i3o2p1"
MAIL = "bea.canary@clover.example"
CANARIES = (REFERENCE, LETTERS, KEY, "canary", "c4n4ry")
#: What is asked for, and what a log may say of it.
TOLD = {
    f"/orders/{REFERENCE}/": "/orders/***/",
    f"/orders/{LETTERS}/state/": "/orders/***/state/",
    f"/orders/{REFERENCE}/calendar.ics": "/orders/***/calendar.ics",
    f"/orders/{REFERENCE}/more/{KEY}/": "/orders/***",
    f"/Orders//%0a{LETTERS}": "/Orders/***",
    f"/ws/orders/{LETTERS}/": "/ws/orders/***/",
    f"/account/confirm-email/{SIGNED}/": "/account/confirm-email/***",
    f"/account/password/reset/key/1c-{KEY}/": "/account/password/reset/key/***",
    f"/admin/password_reset/confirm/MQ/{KEY}/": "/admin/password_reset/confirm/***",
    f"/elsewhere/{REFERENCE}/": "/elsewhere/***",
    f"/elsewhere/{KEY}/": "/elsewhere/***",
    f"/elsewhere/{SIGNED}/": "/elsewhere/***",
    f"/elsewhere/{MAIL}/": "/elsewhere/***",
    f"/shop/?q={KEY}": "/shop/",
    "/shop/category/bread-and-cakes_12/": "/shop/category/bread-and-cakes_12/",
    "/media/images/kelp.width-400.webp": "/media/images/kelp.width-400.webp",
}


def _write(front: fronting.Front, text: str) -> str:
    """Say something by hand; return the answer's first line."""
    plain = socket.create_connection(("127.0.0.1", front.port), 10)
    with deployment.unverified().wrap_socket(plain) as spoken:
        spoken.sendall(text.encode())
        return spoken.recv(4096).decode().partition("\r\n")[0]


def _ask_for_all(front: fronting.Front) -> None:
    """Ask for each path in every way that leaves a line in one of the logs."""
    for path in TOLD:
        assert front.ask(path).status == 200
    secret = f"/orders/{REFERENCE}/"
    plain = http.client.HTTPConnection("127.0.0.1", front.http_port)
    with closing(plain):
        plain.request("GET", secret, headers={"Host": "alder.test"})
        assert plain.getresponse().status == 301
    # More than is let in, too big, and what is no request.
    door = f"/account/password/reset/key/1c-{KEY}/?next={secret}"
    tries = [front.ask(door, method="POST", body=b"a=1").status for _n in range(24)]
    assert 429 in tries
    big = {"Content-Length": "12582912"}
    assert front.ask(f"{secret}cancel/", method="POST", headers=big).status == 413
    for line in (
        f"GET {secret} and-{KEY} HTTP/1.1\r\nHost: alder.test",
        f"GET {secret} HTTP/1.1\r\nHost: alder.test\r\nHost: {KEY}",
        f"POST {secret} HTTP/1.1\r\nHost: alder.test\r\nContent-Length: {KEY}",
        f"GET {secret} HTTP/1.1\r\nHost: alder.test\r\nCookie: {'a' * 9_000}",
        f"GET /{secret * 400} HTTP/1.1\r\nHost: alder.test",
        f"{KEY} {secret} HTTP/9.9",
    ):
        assert _write(front, f"{line}\r\n\r\n").startswith("HTTP/1.1 4")
    # The application away; what reads would still have a connection to it.
    front.application.shutdown()
    front.application.server_close()
    for method, place in (("GET", f"/ws{secret}"), ("POST", secret)):
        path, body = f"{place}?key={KEY}", b"a=1" if method == "POST" else None
        headers = {"Referer": f"https://alder.test{secret}"}
        answer = front.ask(path, method=method, body=body, headers=headers)
        assert answer.status == 502


def _logs(front: fronting.Front) -> tuple[list[dict[str, object]], str]:
    """Return the access log's lines, and all that was written, when it is."""
    log = front.folder / "access.log"
    deadline = time.monotonic() + 5
    while log.read_text().count(":502,") < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return lines, log.read_text() + (front.folder / "error.log").read_text()


def _is_told(text: str) -> set[str]:
    return {canary for canary in CANARIES if canary in text}


@contextmanager
def _asked(
    nginx: Path, folder: Path, changes: dict[str, str] | None = None
) -> Iterator[fronting.Front]:
    with fronting.fronted(nginx, folder, changes) as front:
        _ask_for_all(front)
        yield front


def test_no_log_tells_what_opens_something(nginx, tmp_path):
    with _asked(nginx, tmp_path) as front:
        lines, written = _logs(front)

    assert not _is_told(written)
    asked = {one.headers["X-Request-ID"]: one.path for one in front.application.seen}
    told = {asked.get(line["request"]): line["path"] for line in lines}
    assert {path: told[path] for path in TOLD} == TOLD
    # What the other log would have said of an application that is away,
    away = [line for line in lines if line["status"] == 502]
    assert {(line["answered"], line["connected"]) for line in away} == {("502", "-")}
    # and of those who are turned away here.
    assert {line["answered"] for line in lines if line["status"] == 429} == {""}


def test_such_words_would_be_found(nginx, tmp_path):
    """The same requests where each of the two logs tells what nginx's own would."""
    loud = {'"path":"$shown_path"': '"path":"$uri"', "stderr emerg": "stderr warn"}
    with _asked(nginx, tmp_path, loud) as front:
        lines, _written = _logs(front)

    assert _is_told(" ".join(str(line["path"]) for line in lines)) >= set(CANARIES)
    quoted = (front.folder / "error.log").read_text()
    for said in ("limiting requests", "too large body", "connect() failed"):
        [first, *_others] = [line for line in quoted.splitlines() if said in line]
        assert _is_told(first)


# What browsers are told

DENIED = ", ".join(f"{feature}=()" for feature in security.PERMISSIONS_POLICY)
BY_NGINX = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": security.SECURE_REFERRER_POLICY,
    "Cross-Origin-Opener-Policy": security.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    "Permissions-Policy": DENIED,
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
}


def _said(headers: http.client.HTTPMessage) -> dict[str, list[str] | None]:
    return {name: headers.get_all(name) for name in BY_NGINX}


def _by_nginx(**more: list[str] | None) -> dict[str, list[str] | None]:
    return {name: [value] for name, value in BY_NGINX.items()} | more


@pytest.mark.parametrize(
    ("place", "how", "status"),
    [
        ("/metrics", {}, 404),
        ("/big/", {"method": "POST", "headers": {"Content-Length": "12582912"}}, 413),
        ("/forged/", {"headers": {"Content-Length": "x"}}, 400),
        ("/" + "long" * 3000, {}, 414),
        ("/static/a.css", {}, 200),
    ],
    ids=["ours", "too big", "no request", "too long", "a file"],
)
def test_what_nginx_answers_is_guarded(front, place, how, status):
    (front.folder / "static/a.css").write_text("a")

    answer = front.ask(place, **how)

    assert answer.status == status
    assert _said(answer.headers) == _by_nginx()
    assert front.application.seen == []


def test_the_way_to_tls_is_guarded_and_promises_none(front):
    """What a browser hears without TLS anybody may have said."""
    plain = http.client.HTTPConnection("127.0.0.1", front.http_port)
    with closing(plain):
        plain.request("GET", "/", headers={"Host": "alder.test"})
        answer = plain.getresponse()

    assert answer.status == 301
    assert _said(answer.headers) == _by_nginx(**{"Strict-Transport-Security": None})


def test_who_is_turned_away_is_told_so_guarded(front):
    path = "/account/signup/"
    answers = [front.ask(path, method="POST", body=b"a=1") for _number in range(24)]

    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert all(_said(answer.headers) == _by_nginx() for answer in refused)


def test_an_application_that_is_away_or_slow_is_told_of_guarded(nginx, tmp_path):
    sooner = {"proxy_read_timeout 30s": "proxy_read_timeout 1s"}
    with fronting.fronted(nginx, tmp_path, sooner) as front:
        front.application.reply = lambda seen: time.sleep(2) or fronting.nothing(seen)
        late = front.ask("/late/")
        front.application.shutdown()
        front.application.server_close()
        away = front.ask("/away/", method="POST", body=b"a=1")

    assert (late.status, away.status) == (504, 502)
    assert _said(late.headers) == _said(away.headers) == _by_nginx()


@pytest.mark.parametrize("status", [200, 404])
def test_what_the_application_says_itself_is_left_alone(front, path, status):
    theirs = {name: f"theirs {name}" for name in BY_NGINX}
    kept = {"Cache-Control": "public, s-maxage=1, max-age=0"}
    front.replies(theirs | kept, status)
    places = [path] * 4 + ["/static/none.css", "/account/login/", f"/media{path}"]

    answers = [front.ask(place) for place in places]

    assert {answer.status for answer in answers} == {status}
    for answer in answers:
        assert _said(answer.headers) == {name: [theirs[name]] for name in theirs}
        assert answer.headers.get_all("Cache-Control") == [kept["Cache-Control"]]
    assert status == 404 or "HIT" in {answer.cache for answer in answers}
