"""While the database is away a visitor is asked for a moment of patience."""

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, OperationalError
from django.test import Client

from quickcart import errors
from tenants import hosts


@pytest.fixture
def visitor(alder) -> Client:
    host = {"host": "alder.localhost"}
    return Client(headers=host, raise_request_exception=False)


def raising(error: Exception):
    def fail(*args, **kwargs):
        raise error

    return fail


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_it_says_when_to_try_again(visitor, monkeypatch, error):
    monkeypatch.setattr(hosts, "shop_of_host", raising(error))

    answer = visitor.post("/")  # what writes looks for its shop itself

    assert answer.status_code == 503
    assert 1 <= int(answer["Retry-After"]) <= 30
    assert "no-store" in answer["Cache-Control"]
    assert "One moment" in answer.text
    assert "Content-Security-Policy" in answer


def test_an_error_that_came_of_it_asks_for_a_moment_too(rf):
    error = SessionInterrupted("deleted")
    error.__context__ = UpdateError()
    error.__context__.__context__ = OperationalError("gone")

    assert errors.bad_request(rf.get("/"), error).status_code == 503


def test_a_bug_is_still_a_bug(visitor, monkeypatch):
    monkeypatch.setattr(hosts, "shop_of_host", raising(RuntimeError("bug")))

    answer = visitor.post("/")  # what writes looks for its shop itself

    assert answer.status_code == 500
    assert "Retry-After" not in answer
