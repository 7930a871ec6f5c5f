"""Kinds of messages and a mail server for the post office's tests."""

from collections.abc import Iterator

import environ
import pytest
from support.smtp import SmtpServer

from notifications import handlers, wakeup
from notifications.models import Message
from tenants import context


@pytest.fixture
def taking(monkeypatch):
    """Make a function the handler of a kind, for one test."""

    def take(kind, handler, *, is_confidential=False, lane=handlers.Lane.INSIDE):
        registration = handlers.Registration(handler, is_confidential, lane)
        monkeypatch.setitem(handlers._registrations, kind, registration)

    return take


@pytest.fixture(autouse=True)
def _no_pause_of_wake_ups(monkeypatch):
    monkeypatch.setattr(wakeup, "_paused_until", 0.0)


@pytest.fixture
def smtp(settings) -> Iterator[SmtpServer]:
    """A mail server, named by an EMAIL_URL as an installation would name it."""
    with SmtpServer() as server:
        use_mail_server(settings, server.url)
        yield server


def use_mail_server(settings, url: str) -> None:
    options = environ.Env.email_url_config(url)
    settings.MAIL_TRANSPORT = options.pop("EMAIL_BACKEND")
    for name, value in options.items():
        setattr(settings, name, value)


def _emptied(shop):
    """Return a shop without the messages of its opening."""
    with context.inside(shop):
        Message.objects.all().delete()
    return shop


@pytest.fixture
def alder(alder):
    return _emptied(alder)


@pytest.fixture
def birch(birch):
    return _emptied(birch)


@pytest.fixture
def cedar(cedar):
    return _emptied(cedar)
