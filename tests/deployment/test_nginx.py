"""What nginx lets through, refuses and sends itself, before an application we script."""

import gzip
import http.client
import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from support import deployment, fronting
from support.worker import wait_until

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


def test_who_comes_over_ipv6_has_an_address_of_his_own(front, path):
    # Else they all came from Docker's own, and shared what is allowed to one.
    assert deployment.compose()["networks"]["front"]["enable_ipv6"]
    if not deployment.has_ipv6():
        pytest.skip("This machine has no IPv6.")
    plain = http.client.HTTPConnection("::1", front.http_port)
    plain.request("GET", path, headers={"Host": "alder.test"})
    assert plain.getresponse().status == 301

    context = deployment.unverified()
    secure = http.client.HTTPSConnection("::1", front.port, context=context)
    secure.request("GET", path, headers={"Host": "alder.test"})
    assert secure.getresponse().status == 200

    [seen] = front.application.seen
    assert seen.headers["X-Forwarded-For"] == "::1"


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


def test_what_changes_something_has_a_connection_of_its_own(front, path):
    """One that was kept may be closed just then, and a post is not sent twice."""
    for method in ("GET", "POST", "GET", "HEAD", "POST", "POST"):
        front.ask(
            f"{path}?{method}", method=method, body=b"" if method == "POST" else None
        )

    seen = front.application.seen
    changing = [one for one in seen if one.path.endswith("POST")]
    reading = {one.connection for one in seen if one not in changing}
    lines = {one.connection for one in changing}
    assert len(lines) == len(changing) == 3
    assert not lines & reading
    # Whatever this version of nginx keeps by itself: the other side closes these.
    assert {one.headers.get("Connection") for one in changing} == {"close"}
    assert {one.headers.get("Connection") for one in seen if one not in changing} == {
        None
    }


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


def test_one_shop_does_not_have_all_the_places(front, path):
    """Two hundred of one address, the rest of another: the shop's own limit holds."""
    gate = threading.Event()

    def reply(seen):
        if seen.host == "alder.test":
            gate.wait(20)
        return 200, {}, seen.host

    front.application.reply = reply
    addresses = [f"127.0.0.{number}" for number in range(1, 5)]

    def ask(number: int, host: str = "alder.test") -> int:
        source = addresses[number % len(addresses)]
        return front.ask(path, host=host, source=source).status

    with ThreadPoolExecutor(560) as pool:
        asked = [pool.submit(ask, number) for number in range(550)]
        _wait_for(asked, 38)
        others = ask(0, "birch.test")
        gate.set()
        statuses = [each.result() for each in asked]

    assert others == 200
    assert statuses.count(200) == 512
    assert statuses.count(429) == 38


@pytest.fixture
def told(nginx, tmp_path) -> Iterator[fronting.Front]:
    """nginx that believes whose a request is, so that it may be anybody's."""
    heard = "server_tokens off; set_real_ip_from 127.0.0.1; real_ip_header X-Seen;"
    with fronting.fronted(nginx, tmp_path, {"server_tokens off;": heard}) as front:
        yield front


def _wait_for(asked: list[Future[int]], number: int) -> None:
    """Wait until so many are answered, while the others are held up."""
    wait_until(
        lambda: sum(each.done() for each in asked) >= number,
        seconds=20,
        what=f"{number} answers",
    )


def test_a_household_of_ipv6_is_counted_as_one(told):
    def posts(address: str) -> list[int]:
        sent = {"method": "POST", "body": b"a=1"}
        return [
            told.ask(
                "/account/login/", headers={"X-Seen": address.format(n)}, **sent
            ).status
            for n in range(1, 31)
        ]

    # However short an address is written.
    for own in ("2001:db8::{}:0:0:1", "2001:db8:1:2:{}:3:4:5", "::{}"):
        assert 429 in posts(own)
    for others in ("2001:db8:0:{}::1", "2001:db8:{}::", "192.0.2.{}"):
        assert set(posts(others)) == {200}


def test_a_household_of_ipv6_has_the_places_of_one(told, path):
    gate = threading.Event()
    told.application.reply = lambda seen: (200, {}, str(gate.wait(20)))

    def ask(number: int) -> int:
        address = f"2001:db8::{number}:1"
        return told.ask(f"{path}{number}", headers={"X-Seen": address}).status

    with ThreadPoolExecutor(203) as pool:
        asked = [pool.submit(ask, number) for number in range(1, 204)]
        _wait_for(asked, 3)
        gate.set()
        statuses = [each.result() for each in asked]

    assert statuses.count(429) == 3


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
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert front.application.seen == []


@pytest.mark.parametrize("path", ["/static/../nginx.conf", "/static/%2e%2e/nginx.conf"])
def test_nothing_else_on_the_disk_is_shown(front, path):
    front.replies({}, status=404)

    assert front.ask(path).status in {400, 404}
    assert "worker_processes" not in front.ask(path).body


def test_each_request_leaves_one_line(front, path):
    front.ask(path)
    log = front.folder / "access.log"
    wait_until(lambda: path in log.read_text(), seconds=5, what="its line")

    [line] = [line for line in log.read_text().splitlines() if path in line]
    told = json.loads(line)
    assert told["host"] == "alder.test"
    assert told["request"] == front.application.seen[0].headers["X-Request-ID"]
    assert (front.folder / "error.log").stat().st_size < 20_000


# On Debian


def test_debian_s_nginx_takes_what_is_printed_for_it(nginx, tmp_path):
    printed = subprocess.run(
        [str(deployment.DOCKER / "nginx/for-debian")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "/dev/" not in printed, "systemd gives nginx no terminal"
    assert "/tmp/" not in printed, "systemd-tmpfiles would tidy it away"
    deployment.write_certificate(tmp_path / "tls")
    (tmp_path / "kept").mkdir()
    http_port, https_port = deployment.free_ports(2)
    sixth = "listen [::1]" if deployment.has_ipv6() else "# no IPv6 here"
    for theirs, here in (
        ("/var/cache/nginx/", f"{tmp_path}/kept/"),
        ("/var/log/nginx/", f"{tmp_path}/"),
        ("/run/nginx.pid", f"{tmp_path}/nginx.pid"),
        ("/etc/nginx/tls/", f"{tmp_path}/tls/"),
        ("/etc/nginx/mime.types", deployment.mime_types(nginx)),
        ("user www-data;", ""),
        # Trying it takes the ports; these are root's.
        ("listen 80 ", f"listen 127.0.0.1:{http_port} "),
        ("listen 443 ", f"listen 127.0.0.1:{https_port} "),
        ("listen [::]:80 ", f"{sixth}:{http_port} "),
        ("listen [::]:443 ", f"{sixth}:{https_port} "),
    ):
        assert theirs in printed
        printed = printed.replace(theirs, here)
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(printed)

    tried = subprocess.run(
        [str(nginx), "-t", "-c", str(configuration), "-p", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert tried.returncode == 0, tried.stderr
