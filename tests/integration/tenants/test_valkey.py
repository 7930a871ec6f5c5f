"""The cache fails as a miss, at once and for a moment only."""

import os
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import redis
from chaos.proxy import Proxy
from support.worker import Broker

from tenants import valkey

#: How long a page may be held up by a cache that does not answer.
A_MOMENT = 0.5


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    place = urlsplit(os.environ["REDIS_URL"])
    with Proxy(place.hostname, place.port) as proxy:
        yield proxy


@pytest.fixture
def cache(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[valkey.Cache]:
    monkeypatch.setattr(valkey, "PAUSE", 0.2)
    broker = Broker()
    place = urlsplit(broker.url)
    user = place.netloc.rpartition("@")[0]
    host, port = proxy.address
    through = place._replace(netloc=f"{user}@{host}:{port}").geturl()
    options = {"counted": ["tries:"]}
    yield valkey.Cache(through, {"KEY_PREFIX": broker.prefix, "OPTIONS": options})
    proxy.heal()
    broker.empty()
    with redis.from_url(broker.url) as server:
        for key in server.scan_iter(f"*{broker.prefix}*"):
            server.delete(key)


def wait() -> None:
    """Let the moment pass in which nobody asks."""
    time.sleep(valkey.PAUSE)


def use_it_all(cache: valkey.Cache) -> None:
    assert cache.get("page", "none") == "none"
    assert cache.get_many(["page", "other"]) == {}
    assert not cache.add("page", 1)
    assert not cache.touch("page")
    assert not cache.delete("page")
    assert not cache.has_key("page")
    assert cache.set_many({"page": 1}) == []
    cache.set("page", 1)
    cache.delete_many(["page"])
    with pytest.raises(ValueError, match="not found"):
        cache.incr("page")
    assert cache.get_or_set("page", 7) == 7


def test_it_is_a_cache(cache):
    cache.set("page", {"words": 3})
    cache.set_many({"one": 1, "two": 2})

    assert cache.get("page") == {"words": 3}
    assert cache.get_many(["one", "two"]) == {"one": 1, "two": 2}
    assert cache.incr("one") == 2
    assert cache.has_key("two")
    assert not cache.add("two", 3)
    assert cache.delete("page")


@pytest.mark.parametrize("fault", ["cut", "reset", "black_hole"])
def test_what_fails_is_a_miss_and_takes_a_moment(fault, cache, proxy):
    cache.set("page", 1)
    getattr(proxy, fault)()
    started = time.monotonic()

    use_it_all(cache)

    assert time.monotonic() - started < A_MOMENT


def test_it_comes_back_by_itself(cache, proxy):
    proxy.cut()
    cache.get("page")
    proxy.heal()
    wait()

    cache.set("page", 1)

    assert cache.get("page") == 1


def test_a_connection_that_a_restart_closed_is_no_outage(cache, proxy):
    cache.set("page", 1)

    proxy.drop()

    assert cache.get("page") == 1


def test_what_changed_meanwhile_is_not_shown_afterwards(cache, proxy):
    cache.set_many({"page": "before", "other": "before", "same": "before"})
    proxy.cut()
    cache.set("page", "after")
    cache.delete("other")
    proxy.heal()
    wait()

    assert cache.get("same") == "before"
    assert cache.get("page") is None
    assert cache.get("other") is None


def test_attempts_are_counted_meanwhile(cache, proxy):
    proxy.black_hole()

    assert cache.add("tries:ana", 1)
    assert not cache.add("tries:ana", 1)
    assert cache.incr("tries:ana") == 2
    assert cache.get("tries:ana") == 2


def test_an_outage_is_logged_once(cache, proxy, caplog):
    proxy.cut()
    for _ in range(3):
        cache.get("page")
        wait()
    proxy.heal()
    cache.get("page")
    cache.get("page")

    said = [record.message for record in caplog.records]
    assert len(said) == 2
    assert "away" in said[0]
    assert "back" in said[1]
