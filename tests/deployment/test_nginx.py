"""What nginx keeps, hides and refuses, in front of an application that we script."""

import gzip
import http.client
import http.server
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support import deployment

PUBLIC = {"Cache-Control": "public, s-maxage=1, max-age=0"}


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: str

    @property
    def cache(self) -> str:
        return self.headers.get("X-Cache", "")


@dataclass
class Seen:
    """A request as the application got it."""

    host: str
    path: str
    headers: dict[str, str]
    body: bytes


class Application(http.server.ThreadingHTTPServer):
    """Answers what it is told to, and remembers who asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[Seen] = []
        self.reply: Callable[[Seen], tuple[int, dict[str, str], str]] = nothing

    @property
    def port(self) -> int:
        return int(self.server_address[1])


def nothing(seen: Seen) -> tuple[int, dict[str, str], str]:
    return 200, {}, f"{seen.host} {seen.path}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Application

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = dict(self.headers.items())
        seen = Seen(
            headers.get("Host", ""), self.path, headers, self.rfile.read(length)
        )
        self.server.seen.append(seen)
        status, headers, text = self.server.reply(seen)
        body = text.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_HEAD = answer  # noqa: N815 (their names)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@dataclass
class Front:
    """nginx, and the application behind it."""

    application: Application
    port: int
    http_port: int
    folder: Path
    hosts: list[str] = field(default_factory=lambda: ["alder.test", "birch.test"])

    def ask(
        self, path: str, *, host: str = "alder.test", method: str = "GET", **more
    ) -> Answer:
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, context=deployment.unverified(), timeout=15
        )
        headers = {"Host": host, **more.get("headers", {})}
        try:
            connection.request(method, path, body=more.get("body"), headers=headers)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return Answer(response.status, response.headers, body.decode())

    def replies(self, headers: dict[str, str], status: int = 200) -> None:
        """Let the application count its answers: each is told apart."""
        numbers = iter(range(1, 1_000_000))
        self.application.reply = lambda seen: (
            status,
            headers,
            f"{seen.host} {next(numbers)}",
        )


@pytest.fixture(scope="module")
def running(nginx: Path, tmp_path_factory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("nginx")
    static = folder / "static"
    static.mkdir()
    with Application() as application:
        threading.Thread(target=application.serve_forever, daemon=True).start()
        http_port, https_port = deployment.free_ports(2)
        ports = {"web": application.port, "realtime": application.port}
        ports |= {"http": http_port, "https": https_port}
        path = deployment.write_nginx(folder, nginx=nginx, ports=ports, static=static)
        command = deployment.nginx_command(nginx, path)
        listening = [http_port, https_port]
        with deployment.started("proxy", command, folder=folder, ports=listening):
            yield Front(application, https_port, http_port, folder)
        application.shutdown()


@pytest.fixture
def front(running: Front) -> Front:
    running.application.seen.clear()
    running.application.reply = nothing
    return running


@pytest.fixture
def path(request: pytest.FixtureRequest) -> str:
    """An address of the test's own: nothing of another test is kept there."""
    return f"/{abs(hash(request.node.nodeid))}/"


# What is kept


def test_a_page_for_everybody_is_kept_for_its_host(front, path):
    front.replies(PUBLIC)

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


def test_a_change_is_seen_however_many_ask(front, path):
    """Clients ask without a pause while each answer takes the application a while.

    nginx counts whole seconds: what is good for one is kept for less than two, and
    shown a little longer, while the newer page is being made.
    """
    shown = {"text": "old"}

    def reply(seen: Seen) -> tuple[int, dict[str, str], str]:
        text = shown["text"]
        time.sleep(0.2)
        return 200, PUBLIC, text

    front.application.reply = reply
    seen: list[tuple[float, str]] = []
    began = time.monotonic()
    changed_at = began + 1.5

    def visit(_number: int) -> None:
        while time.monotonic() < began + 5:
            asked = time.monotonic()
            seen.append((asked, front.ask(path).body))

    with ThreadPoolExecutor(4) as pool:
        visits = pool.map(visit, range(4))
        time.sleep(changed_at - time.monotonic())
        shown["text"] = "new"
        list(visits)

    late = [text for asked, text in seen if asked > changed_at + 2.5]
    assert set(late) == {"new"}
    assert len(front.application.seen) <= 8


def test_what_nobody_asked_for_is_not_shown_stale(front, path):
    front.replies(PUBLIC)
    first = front.ask(path)
    time.sleep(2.2)

    later = front.ask(path)

    assert later.body != first.body


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


# What gets through


def test_what_a_client_says_of_itself_is_overwritten(front, path):
    lies = {
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.test",
        "X-Request-ID": "mine",
        "X-Request-Start": "t=1",
        "Upgrade": "h2c",
        "Connection": "Upgrade",
    }
    front.ask(path, headers=lies)

    [seen] = front.application.seen
    assert seen.headers["X-Forwarded-For"] == "127.0.0.1"
    assert seen.headers["X-Forwarded-Proto"] == "https"
    assert "X-Forwarded-Host" not in seen.headers
    assert len(seen.headers["X-Request-ID"]) == 32
    assert (
        abs(float(seen.headers["X-Request-Start"].removeprefix("t=")) - time.time())
        < 60
    )
    assert "Upgrade" not in seen.headers


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/livez"])
def test_what_is_ours_is_not_shown(front, path):
    assert front.ask(path).status == 404
    assert front.application.seen == []


def test_plain_http_leads_to_https(front):
    connection = http.client.HTTPConnection("127.0.0.1", front.http_port)
    connection.request("GET", "/shop/?q=a%20b", headers={"Host": "alder.test"})
    answer = connection.getresponse()

    assert answer.status == 301
    assert answer.headers["Location"] == "https://alder.test/shop/?q=a%20b"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_http_2_is_spoken_and_old_tls_is_not(front):
    context = deployment.unverified()
    context.set_alpn_protocols(["h2", "http/1.1"])
    plain = socket.create_connection(("127.0.0.1", front.port))
    with context.wrap_socket(plain, server_hostname="alder.test") as spoken:
        assert spoken.selected_alpn_protocol() == "h2"

    old = deployment.unverified()
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    plain = socket.create_connection(("127.0.0.1", front.port))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        old.wrap_socket(plain, server_hostname="alder.test")


def test_no_version_is_told(front, path):
    answers = [front.ask(path), front.ask("/metrics")]

    for answer in answers:
        assert answer.headers["Server"] == "nginx"
        assert "nginx/" not in answer.body


# What is refused


def test_sign_ins_are_slowed_down_and_looking_is_not(front):
    path = "/account/login/"

    with ThreadPoolExecutor(4) as pool:
        began = time.monotonic()
        looks = list(pool.map(lambda _number: front.ask(path).status, range(40)))
        posts = list(
            pool.map(
                lambda _number: front.ask(path, method="POST", body=b"a=1").status,
                range(40),
            )
        )

    assert set(looks) == {200}
    assert set(posts) == {200, 429}
    earned = (time.monotonic() - began) / 3
    assert 20 <= posts.count(200) <= 22 + earned


def test_what_is_too_big_does_not_get_through(front, path):
    answer = front.ask(path, method="POST", headers={"Content-Length": "12582912"})

    assert answer.status == 413
    assert front.application.seen == []


def test_a_slow_sender_does_not_reach_the_application(front, path):
    plain = socket.create_connection(("127.0.0.1", front.port))
    with deployment.unverified().wrap_socket(plain) as slow:
        head = f"POST {path} HTTP/1.1\r\nHost: alder.test\r\nContent-Length: 8\r\n\r\n"
        slow.sendall(head.encode())
        for byte in b"slowbod":
            slow.sendall(bytes([byte]))
            time.sleep(0.05)
        assert front.application.seen == []
        slow.sendall(b"y")
        assert slow.recv(1024).startswith(b"HTTP/1.1 200")

    assert front.application.seen[0].body == b"slowbody"


# Static files


def test_static_files_are_sent_as_they_were_compressed(front):
    folder = front.folder / "static"
    (folder / "a.0123456789ab.css").write_text("plain")
    with gzip.open(folder / "a.0123456789ab.css.gz", "wt") as file:
        file.write("compressed beforehand")
    (folder / "b.css").write_text("b")

    named = front.ask("/static/a.0123456789ab.css", headers={"Accept-Encoding": "gzip"})
    unnamed = front.ask("/static/b.css")

    assert named.body == "compressed beforehand"
    assert "immutable" in named.headers["Cache-Control"]
    assert "immutable" not in unnamed.headers["Cache-Control"]
    for answer in (named, unnamed):
        assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    assert front.application.seen == []


@pytest.mark.parametrize("path", ["/static/../nginx.conf", "/static/%2e%2e/nginx.conf"])
def test_nothing_else_on_the_disk_is_shown(front, path):
    front.replies({}, status=404)

    assert front.ask(path).status in {400, 404}
    assert "worker_processes" not in front.ask(path).body


def test_each_request_leaves_one_line(front, path):
    front.ask(path)
    deadline = time.monotonic() + 5
    log = front.folder / "access.log"
    while path not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.1)

    [line] = [line for line in log.read_text().splitlines() if path in line]
    told = json.loads(line)
    assert told["host"] == "alder.test"
    assert told["request"] == front.application.seen[0].headers["X-Request-ID"]
    assert (front.folder / "error.log").stat().st_size < 20_000
