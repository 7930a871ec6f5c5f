"""Where whole pages are kept: in the process, and behind it in Valkey for all.

A page lies under its address and says of which edition it is: a new one takes the
place of the old, so what is kept is bounded by what is asked for.
"""

import gzip
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.core.cache import cache

#: Seconds a page waits in Valkey for a process that has not got it. Not what keeps it
#: true, only what bounds the room: it holds what is rendered in so long.
WAIT = 60


@dataclass(slots=True)
class Page:
    """A finished page: the same bytes for whoever asks."""

    edition: str
    until: datetime
    headers: tuple[tuple[str, str], ...]
    body: bytes
    #: What the page asks of the policy that is written around all of this.
    policy: dict[str, list[str]] | None = None
    packed: bytes = field(default=b"", compare=False)
    etag: str = field(init=False)

    def __post_init__(self) -> None:
        # Weak: compressed or not, it is the same page.
        self.etag = f'W/"{hashlib.blake2b(self.body, digest_size=12).hexdigest()}"'

    def pack(self) -> bytes:
        """Return the body compressed, done once: nothing in it is a secret."""
        if not self.packed:
            self.packed = gzip.compress(self.body, compresslevel=6, mtime=0)
        return self.packed

    @property
    def size(self) -> int:
        # With what packing will add, and the objects around.
        return len(self.body) * 5 // 4 + 2_000


class Memory:
    """Pages of this process, up to so many bytes; the longest unused go first."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()  # developers' servers have threads

    def get(self, key: str) -> Page | None:
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def put(self, key: str, page: Page) -> None:
        with self._lock:
            before = self._pages.pop(key, None)
            self._size += page.size - (before.size if before else 0)
            self._pages[key] = page
            while self._size > settings.QUICKCART_PAGE_CACHE_BYTES:
                _key, oldest = self._pages.popitem(last=False)
                self._size -= oldest.size

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self._size = 0


memory = Memory()


def find_shared(key: str) -> Page | None:
    """Return what another process has kept; the shop must be in force."""
    match cache.get(f"page:{key}"):
        case (
            str(edition),
            datetime() as until,
            tuple(headers),
            bytes(body),
            dict() | None as policy,
        ):
            return Page(edition, until, headers, body, policy)
    return None


def share(key: str, page: Page) -> None:
    """Let other processes have a page; the shop must be in force."""
    # Plain values: a process of another release may read them.
    values = (page.edition, page.until, page.headers, page.body, page.policy)
    cache.set(f"page:{key}", values, WAIT)
