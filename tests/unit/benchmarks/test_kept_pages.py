"""What of nginx's answers counts as a kept page, and what as none."""

from types import SimpleNamespace

import pytest

from benchmarks import nginx

PAGE = nginx.Page("home", "market.localhost", "/", "Bread")
LINE = '{"path":"/","status":%s,"bytes":9,"cache":"%s","protocol":"HTTP/1.1"}'


@pytest.fixture
def measured(tmp_path):
    """Return what is made of so many answers, by their status and where from."""

    def measure(answers, *, asked):
        log = tmp_path / "nginx" / "access.log"
        log.parent.mkdir()
        log.write_text(LINE % (500, "") + "\n")  # of somebody before
        came = tmp_path / "came"
        came.write_text(
            "".join(LINE % each + "\n" for each, n in answers.items() for _ in range(n))
        )
        said = tmp_path / "said"
        said.write_text(f"{asked} requests in 1.00s\nRequests/sec: {asked}.00\n")
        wrk = tmp_path / "wrk"
        wrk.write_text(f"#!/bin/sh\ncat {came} >> {log}\ncat {said}\n")
        wrk.chmod(0o755)
        online = SimpleNamespace(var=tmp_path, port=1)
        return nginx._load(wrk, online, PAGE, seconds=1)

    return measure


def test_what_nginx_kept_is_what_counts(measured):
    rate, failures = measured({(200, "HIT"): 80, (200, "MISS"): 20}, asked=100)

    assert (rate, failures) == (80, 0)


@pytest.mark.parametrize("status", [302, 404, 429, 500])
def test_what_is_no_page_fails_though_wrk_is_content(measured, status):
    rate, failures = measured({(status, "HIT"): 100}, asked=100)

    assert (rate, failures) == (0, 100)


def test_what_wrk_left_behind_in_the_end_is_no_failure(measured):
    _rate, failures = measured({(200, "HIT"): 100, (499, ""): 4}, asked=100)

    assert failures == 0


def test_what_nginx_does_not_know_of_is_a_failure(measured, monkeypatch):
    monkeypatch.setattr(nginx, "PATIENCE", 0)

    _rate, failures = measured({(200, "HIT"): 90}, asked=100)

    assert failures == 10
