"""The benchmarks' own clients: what they ask, read and fill in."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.kit import load
from benchmarks.kit.visitor import Unexpected, Visitor

PAGE = b"""
<form action="/search/"><input name="q"></form>
<form action="/place/" method="post">
  <input type="hidden" name="token" value="a&amp;b">
  <input type="radio" name="slot" value="1" disabled>
  <input type="radio" name="slot" value="2"><input type="radio" name="slot" value="3">
  <select name="country"><option value="GB"><option value="IE" selected></select>
  <input type="checkbox" name="news" value="yes">
  <button type="submit" name="go">Go</button>
</form>
"""


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        is_known = self.path != "/gone/"
        body = PAGE if is_known else b"gone"
        self.send_response(200 if is_known else 404)
        self.send_header("Set-Cookie", "basket=7; Path=/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(302)
        self.send_header("Location", "/thanks/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def port():
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_visitor_fills_in_the_form_the_page_has(port):
    visitor = Visitor(port, host="localhost").get("/").expect(200)

    form = visitor.form("/place/")

    assert form == {
        Visitor.ACTION: "/place/",
        "token": "a&b",
        "slot": "2",
        "country": "IE",
    }
    assert visitor.choices("slot") == ["2", "3"]
    visitor.close()


def test_a_visitor_follows_redirects_keeps_cookies_and_counts(port):
    visitor = Visitor(port, host="localhost").get("/")

    visitor.post("/place/", visitor.form("/place/")).expect(302).follow()

    assert visitor.path == "/thanks/"
    assert visitor.cookies == {"basket": "7"}
    assert visitor.requests == 3
    visitor.close()


def test_a_visitor_does_not_take_any_answer(port):
    visitor = Visitor(port, host="localhost").get("/gone/")

    with pytest.raises(Unexpected, match="404"):
        visitor.expect(200)

    visitor.close()


def test_a_load_counts_answers_and_those_that_are_none(port):
    requests = [load.asking(path, host="localhost") for path in ("/", "/gone/")]

    seen = load.hammer(port, requests, clients=2, seconds=0, at_least=10)

    assert seen.answers == 10
    assert seen.failures == 5
    assert seen.rate > 0
    assert seen.percentile(95) >= seen.percentile(50) > 0
