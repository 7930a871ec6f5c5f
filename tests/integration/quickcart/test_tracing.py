"""What OpenTelemetry's collector and Sentry get, over the wire."""

import pytest
from support.watching import TRACE, eventually

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("watched")]


def test_a_request_is_a_span_with_its_statements_below(watched):
    parent = "b7ad6b7169203331"

    watched.get(
        "/shop/?q=ana%40example.com",
        Host="cedar.localhost",
        traceparent=f"00-{TRACE}-{parent}-01",
        X_Request_ID="a-traced-one",
    )

    def requests():
        spans = watched.collector.spans
        return [span for span in spans if span.parent_id == parent]

    [request] = eventually(requests, what="the request's span")
    spans = [span for span in watched.collector.spans if span.trace_id == TRACE]
    assert request.service == "quickcart-web"
    assert request.facts["shop"] == "cedar"
    assert request.facts["http.response.status_code"] == 200
    statements = [span for span in spans if span.parent_id == request.span_id]
    assert any("SELECT" in span.name for span in statements)
    assert not any("ana" in span.text and "example.com" in span.text for span in spans)
    line = next(
        line
        for line in watched.lines("web")
        if line.get("request_id") == "a-traced-one"
    )
    assert line["trace_id"] == TRACE


def test_a_task_is_a_span_of_its_shop(watched, alder):
    watched.send_task("notifications.tasks.prune", alder.schema_name)

    span = eventually(
        lambda: next(
            (
                span
                for span in watched.collector.spans
                if span.name == "run/notifications.tasks.prune"
            ),
            None,
        ),
        what="the task's span",
    )

    assert span.service == "quickcart-worker"
    assert span.facts["shop"] == "alder"


def test_an_error_of_a_task_is_reported_with_its_shop(watched, alder):
    task_id = watched.send_task(
        "notifications.tasks.sweep", alder.schema_name, qc_request_id="a-buyer-s-one"
    )

    event = eventually(
        lambda: next(
            (
                event
                for event in watched.collector.events
                if event.get("tags", {}).get("task_id") == task_id
            ),
            None,
        ),
        what="the report",
    )

    assert event["exception"]["values"][-1]["type"] == "WrongSchemaError"
    assert event["tags"]["shop"] == "alder"
    assert event["tags"]["program"] == "worker"
    assert event["tags"]["request_id"] == "a-buyer-s-one"
    assert "vars" not in str(event["exception"])
