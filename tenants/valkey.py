"""The cache in Valkey, which pages can do without.

While Valkey is away, what is asked for is not there and what is to be kept is not
kept: pages are made anew, more slowly, and nobody sees an error. The first request
that meets the silence pays a fraction of a second for it; for a moment after that
nobody in the process asks again.

Two things are not left to that:

- What counts attempts (`counted`, by the start of its key) is counted in the
  process's own memory meanwhile. Sign-in goes on, and goes on being limited: at worst
  by as many allowances as there are processes.
- What was to be changed while Valkey was away is deleted when it is back, or a page
  could show what it held before.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

#: Seconds a page waits for Valkey to answer.
PATIENCE = 0.2
#: Seconds in which nobody asks again after it failed.
PAUSE = 2.0
#: So many changes are remembered; what is beyond expires by itself.
MOST_MISSED = 10_000

# One step of the server's, where Django asks first and then adds.
ADD_UP = """
if redis.call('exists', KEYS[1]) == 0 then return false end
return redis.call('incrby', KEYS[1], ARGV[1])
"""


class Client(RedisCacheClient):
    """Django's client, which makes the library's anew for each question."""

    _get_connection_pool: Callable[[bool], ConnectionPool]
    _client: Callable[..., Any]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._clients: dict[int, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        pool = self._get_connection_pool(write)
        client = self._clients.get(id(pool))
        if client is None:
            client = self._clients[id(pool)] = self._client(connection_pool=pool)
        return client

    def incr(self, key: Any, delta: int) -> int:
        """Add to a number.

        Raises:
            ValueError: there is none.
        """
        number = self.get_client(key, write=True).eval(ADD_UP, 1, key, delta)
        if number is None:
            raise ValueError(f"Key {key!r} not found.")
        return int(number)


class Cache(RedisCache):
    """Django's cache in Valkey, with whatever fails made a miss."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = Client
        options = dict(params.get("OPTIONS", {}))
        self._counted = tuple(options.pop("counted", ()))
        self._options = {
            "socket_connect_timeout": PATIENCE,
            "socket_timeout": PATIENCE,
            # A connection that a restart has closed is opened again, once.
            "retry": Retry(NoBackoff(), 1, supported_errors=(NoConnection,)),
            **options,
        }
        self._spare: BaseCache = LocMemCache(f"{__name__}.{server}", params)
        self._asks_again_at = 0.0
        self._is_away = False
        self._missed: set[str] = set()

    def add(
        self,
        key: str,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        return bool(self._do("add", key, value, timeout, version, miss=False))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._do("get", key, default, version, miss=default)

    def set(
        self,
        key: str,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        self._do("set", key, value, timeout, version, changes=[(key, version)])

    def touch(
        self,
        key: str,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        return bool(self._do("touch", key, timeout, version, miss=False))

    def delete(self, key: str, version: int | None = None) -> bool:
        changes = [(key, version)]
        return bool(self._do("delete", key, version, miss=False, changes=changes))

    def has_key(self, key: str, version: int | None = None) -> bool:
        return bool(self._do("has_key", key, version, miss=False))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Add to a number.

        Raises:
            ValueError: there is none, or Valkey is away.
        """
        changes = [(key, version)]
        number = self._do("incr", key, delta, version, changes=changes)
        if number is None:
            raise ValueError(f"Key {key!r} not found.")
        return int(number)

    def get_many(
        self, keys: Iterable[str], version: int | None = None
    ) -> dict[str, Any]:
        found: dict[str, Any] = self._do("get_many", list(keys), version, miss={})
        return found

    def set_many(
        self,
        data: Mapping[str, Any],
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> list[str]:
        changes = [(key, version) for key in data]
        self._do("set_many", data, timeout, version, changes=changes)
        return []

    def delete_many(self, keys: Iterable[str], version: int | None = None) -> None:
        names = list(keys)
        changes = [(key, version) for key in names]
        self._do("delete_many", names, version, changes=changes)

    def clear(self) -> None:
        self._do("clear")

    # How it fails

    def _do(
        self,
        name: str,
        *args: Any,
        miss: Any = None,
        changes: Iterable[tuple[str, int | None]] = (),
    ) -> Any:
        """Ask Valkey; answer as if nothing were there while it is away."""
        if time.monotonic() >= self._asks_again_at:
            try:
                answer = getattr(super(), name)(*args)
                if self._is_away:
                    self._return()
            except (RedisError, OSError) as error:
                self._note_silence(error)
            else:
                return answer
        if args and isinstance(args[0], str) and args[0].startswith(self._counted):
            return getattr(self._spare, name)(*args)
        self._remember(changes)
        return miss

    def _note_silence(self, error: Exception) -> None:
        self._asks_again_at = time.monotonic() + PAUSE
        if not self._is_away:
            self._is_away = True
            logger.warning("Valkey is away, pages go on without the cache: %s", error)

    def _return(self) -> None:
        """Delete what changed meanwhile; what was counted here is forgotten."""
        if self._missed:
            self._cache.delete_many(sorted(self._missed))
            self._missed.clear()
        self._spare.clear()
        self._is_away = False
        logger.warning("Valkey is back.")

    def _remember(self, changes: Iterable[tuple[str, int | None]]) -> None:
        for key, version in changes:
            if len(self._missed) < MOST_MISSED:
                self._missed.add(self.make_key(key, version=version))
