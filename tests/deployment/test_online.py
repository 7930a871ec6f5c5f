"""The demo's shops online: what nginx and the application do together."""

import gzip
import http.client
import os
import re
import ssl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from support import deployment

from quickcart.launcher import servers
from storefront.oscar_apps.order.models import Order

SHOPS = {"clover": "Clover", "skerrett": "Skerrett", "tamarind": "Tamarind"}
TLS: ssl.SSLContext = deployment.unverified()


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: str


def ask(demo, host: str, path: str = "/", **headers: str) -> Answer:
    connection = http.client.HTTPSConnection(
        "127.0.0.1", demo.port, context=TLS, timeout=30
    )
    try:
        connection.request(
            "GET", path, headers={"Host": f"{host}:{demo.port}", **headers}
        )
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return Answer(response.status, response.headers, body.decode(errors="replace"))


def test_an_unknown_shop_gets_a_friendly_page_and_a_foreign_host_none(demo):
    unknown = ask(demo, "nobody.localhost")
    foreign = ask(demo, "shops.example.com")

    assert unknown.status == 404
    assert demo.hub() in unknown.body
    assert foreign.status == 400
    assert "<" not in foreign.body


@pytest.mark.parametrize("host", ["localhost", "clover.localhost"])
def test_a_page_for_everybody_comes_from_nginx_the_second_time(demo, host):
    # One of them is within a second of the one before.
    answers = [ask(demo, host) for _number in range(4)]

    assert {answer.status for answer in answers} == {200}
    assert "HIT" in {answer.headers["X-Cache"] for answer in answers}
    assert all("Set-Cookie" not in answer.headers for answer in answers)


def test_every_client_is_answered_by_its_own_shop(demo):
    """20 clients at once, half of them past the cache, through nginx and PgBouncer."""
    names = list(SHOPS)

    def visit(number: int) -> bool:
        name = names[number % len(names)]
        cookies = {"Cookie": "a=1"} if number % 2 else {}
        page = ask(demo, f"{name}.localhost", "/shop/", **cookies)
        others = [word for other, word in SHOPS.items() if other != name]
        is_own = SHOPS[name] in page.body
        return page.status == 200 and is_own and not any(w in page.body for w in others)

    with ThreadPoolExecutor(20) as clients:
        rights = list(clients.map(visit, range(240)))

    assert rights.count(False) == 0


def test_a_picture_is_only_its_own_shops(demo):
    page = ask(demo, "clover.localhost", "/shop/").body
    picture = re.search(r"/media/[^\"\s]+", page)
    assert picture is not None

    own = [ask(demo, "clover.localhost", picture[0]) for _number in range(2)]
    others = [ask(demo, f"{name}.localhost", picture[0]) for name in ("skerrett", "x")]
    others.append(ask(demo, "localhost", picture[0]))

    assert [answer.status for answer in own] == [200, 200]
    assert own[1].headers["X-Cache"] == "HIT"
    assert "immutable" in own[1].headers["Cache-Control"]
    assert {answer.status for answer in others} == {404}


def test_style_and_scripts_come_compressed_and_for_good(demo):
    page = ask(demo, "clover.localhost", "/shop/").body
    sheet = re.search(r"/static/[^\"]+\.css", page)
    assert sheet is not None

    found = ask(demo, "clover.localhost", sheet[0], **{"Accept-Encoding": "gzip"})

    assert found.status == 200
    assert found.headers["Content-Encoding"] == "gzip"
    assert "immutable" in found.headers["Cache-Control"]
    assert "@layer" in found.body


@pytest.fixture
def reference(inside_clover) -> str:
    """The public reference of one of Clover's orders."""
    found = Order.objects.order_by("pk").first()
    assert found is not None
    return found.public_reference


def _handshake(demo, reference: str, *, host: str, origin: str) -> int:
    """Ask for a socket; return the status of the answer."""
    connection = http.client.HTTPSConnection(
        "127.0.0.1", demo.port, context=TLS, timeout=30
    )
    headers = {
        "Host": f"{host}:{demo.port}",
        "Origin": origin,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    try:
        connection.request("GET", f"/ws/orders/{reference}/", headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_socket_opens_through_nginx_for_its_own_page_only(demo, reference):
    hosts = {name: f"{name}.localhost" for name in ("clover", "skerrett")}
    pages = {name: demo.shop(name, "") for name in hosts}

    found = {
        (host, page): _handshake(demo, reference, host=hosts[host], origin=pages[page])
        for host in hosts
        for page in pages
    }

    assert found.pop(("clover", "clover")) == 101
    assert set(found.values()) == {403}


def test_each_program_says_that_it_is_well(demo):
    pages = ["quickcart.liveness", "pages"]
    commands = [
        ({"GRANIAN_PORT": str(demo.ports["web"])}, pages),
        ({"GRANIAN_PORT": str(demo.ports["realtime"])}, pages),
        ({}, ["quickcart.liveness", "worker"]),
    ]
    for more, words in commands:
        done = subprocess.run(
            [sys.executable, "-m", *words], env=demo.environment | more, check=False
        )
        assert done.returncode == 0, words


def test_the_pooler_is_in_between_where_there_is_one(demo):
    if servers.find_pgbouncer() is None:
        pytest.skip("no PgBouncer on this machine")
    address = (demo.var / "secrets" / "database_url").read_text()
    told = {**os.environ, **demo.environment}

    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--database", "default"],
        env=told,
        cwd=deployment.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert str(os.environ["DATABASE_URL"].rpartition("/")[0]) not in address
    assert done.returncode == 0, done.stderr
