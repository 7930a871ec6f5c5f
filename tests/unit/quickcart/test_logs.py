"""What of a text may be written down."""

import json
import logging

import pytest

from quickcart import logs
from quickcart.observability import reports, scrubbing


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("mail to ana.byrne+x@example.com failed", "ana.byrne"),
        ("/shop/?q=ana%40example.com", "ana%40"),
        ("redis://:s3cr3t@127.0.0.1/0", "s3cr3t"),
        ("password=hunter2 wrong", "hunter2"),
        ("{'password1': 'hunter2'}", "hunter2"),
        ("Cookie: __Host-session=abc123", "abc123"),
        ("Authorization: Bearer abc.def", "abc.def"),
        ("/orders/7k3m9q2w8x4v6t1z/", "7k3m9q2w8x4v6t1z"),
        ("sessionid 0hj3k2l4m5n6b7v8c9x0z1a2s3d4f5g6", "0hj3k2l4m5n6"),
        (
            "/account/password/reset/key/1-cx2k9d-0123456789abcdef0123456789abcdef/",
            "0123456789abcdef",
        ),
        ("MTIz:1tXy9Z:q3Zk1mPp7VYs0a5b6c7d8e9f0g1h2i3j4k5", "q3Zk1mPp7VYs0a5b"),
    ],
)
def test_people_and_keys_are_hidden(text, secret):
    assert secret not in scrubbing.scrub(text)


@pytest.mark.parametrize(
    "text",
    [
        "Not Found: /shop/category/bakery/rolls_12/",
        "task 60f098de-36a3-4004-b236-e00ad3d12686 of shop_ngxpzb138s27",
        "2 delivered, 0 later, 1 dead",
        "2026-11-22T00:48:47.365558Z took 12.5 s",
    ],
)
def test_what_is_needed_to_understand_stays(text):
    assert scrubbing.scrub(text) == text


def a_line(*, as_json=True, exc_info=None, **extra):
    record = logging.LogRecord("a.b", 30, "f", 1, "%s came", ("ana@x.ie",), exc_info)
    record.shop = "clover"
    record.__dict__.update(extra)
    return logs.formatter(as_json=as_json).format(record)


def test_a_line_of_json_says_whose_it_is():
    logs.forget()
    logs.bind(request_id="0123456789abcdef0123")

    line = json.loads(a_line(facts={"view": "home"}))

    logs.forget()
    assert line["shop"] == "clover"
    assert line["request_id"] == "0123456789abcdef0123"
    assert line["view"] == "home"
    assert line["event"] == "***@*** came"


def test_a_traceback_is_scrubbed_and_written_once():
    error = ValueError("Key (email)=(ana@example.com) already exists.")

    line = a_line(as_json=False, exc_info=(ValueError, error, None))

    assert line.count("ValueError") == 1
    assert "ana@example.com" not in line


def test_what_the_database_quotes_is_hidden_and_the_traceback_is_not():
    text = (
        "DETAIL:  Failing row contains (7, Ana (B.), +353 1 555, ring\ntwice).\n"
        "The above exception was the cause (really).\n"
        "DETAIL:  Key (lower(name))=(Ana Byrne) already exists.\n"
        "LINE 1: SELECT 'Ana'\n"
    )

    scrubbed = scrubbing.scrub(text)

    for private in ("Ana", "+353", "twice", "Byrne"):
        assert private not in scrubbed
    assert "The above exception was the cause (really)." in scrubbed
    assert "Key (lower(name))=" in scrubbed


def test_a_report_leaves_without_who_sent_the_request():
    event = {
        "request": {
            "url": "https://clover.example/orders/7k3m9q2w8x4v6t1z/",
            "cookies": {"session": "x"},
            "data": {"email": "ana@example.com"},
            "query_string": "q=ana",
            "env": {"REMOTE_ADDR": "203.0.113.7"},
            "headers": {"Host": "clover.example", "Cookie": "session=1"},
        },
        "user": {"ip_address": "203.0.113.7"},
        "exception": {"values": [{"type": "E", "value": "for ana@example.com"}]},
    }

    text = json.dumps(reports.clean(event, {}))

    assert "clover.example" in text
    for private in ("7k3m9q2w8x4v6t1z", "ana", "203.0.113.7", "Cookie", "session"):
        assert private not in text
