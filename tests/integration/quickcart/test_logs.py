"""Lines of running programs: whose they are, and what they keep to themselves."""

import pytest
from support.watching import eventually

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("watched")]


def test_a_request_s_line_says_shop_and_request(watched):
    answer = watched.get("/", Host="birch.localhost", X_Request_ID="from-the-proxy-7")

    assert answer.headers["X-Request-ID"] == "from-the-proxy-7"
    [line] = eventually(
        lambda: [
            line
            for line in watched.lines("web")
            if line.get("request_id") == "from-the-proxy-7"
        ],
        what="the request's line",
    )
    assert line["shop"] == "birch"
    assert line["event"] == "request"
    assert line["status"] == 200
    assert line["queries"] >= 0


def test_an_ill_formed_name_is_replaced(watched):
    answer = watched.get("/", Host="localhost", X_Request_ID="a b<script>")

    assert "script" not in answer.headers["X-Request-ID"]
    assert len(answer.headers["X-Request-ID"]) == 20


def test_what_was_not_found_is_told_without_keys_and_people(watched):
    path = "/orders/7k3m9q2w8x4v6t1z/?email=ana.byrne%40example.com"
    name = {"X_Request_ID": "not-found-1"}

    watched.get(path, Host="alder.localhost", **name)

    lines = eventually(
        lambda: [
            line
            for line in watched.lines("web")
            if line.get("request_id") == "not-found-1" and "Not Found" in line["event"]
        ],
        what="the line",
    )
    assert {line["shop"] for line in lines} == {"alder"}
    log = watched.network.log("web")
    assert "7k3m9q2w8x4v6t1z" not in log
    assert "ana.byrne" not in log


def test_a_task_s_line_says_whose_it_is(watched):
    task_id = watched.send_task(
        "notifications.tasks.relay", "public", qc_request_id="the-buyer-s-request"
    )

    lines = eventually(
        lambda: [
            line for line in watched.lines("worker") if line.get("task_id") == task_id
        ],
        what="the refused task's line",
    )
    # A relay of a shop, sent for the hub: refused, and written down once.
    [line] = [line for line in lines if "WrongSchemaError" in str(line)]
    assert line["request_id"] == "the-buyer-s-request"
    assert line["shop"] == "hub"
    assert line["level"] == "error"
