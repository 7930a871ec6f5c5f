"""A worker's connection that was closed is a connection that is gone."""

import pytest
from kombu import Connection
from redis.exceptions import ConnectionError as NoConnection

from quickcart import broker


@pytest.fixture
def transport(monkeypatch):
    # Registered for the whole process otherwise.
    monkeypatch.setattr("kombu.transport.TRANSPORT_ALIASES", {})
    broker.install()
    return Connection("redis://127.0.0.1:1/0").transport


def test_every_address_of_valkey_uses_it(transport):
    assert isinstance(transport, broker.Transport)


def test_what_is_asked_of_a_closed_connection_is_an_error_celery_knows(transport):
    channel = object.__new__(broker.Channel)
    channel.connection = transport
    transport.client = None

    with pytest.raises(NoConnection):
        channel._connparams()
    assert issubclass(NoConnection, transport.connection_errors)
