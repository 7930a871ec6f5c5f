"""How often somebody may do a thing in a shop, counted in the cache.

Counts are kept by shop (the cache's keys carry it) and by client address: what is
done in one shop uses up nothing in another. What reaches people outside of the shop is
counted for the whole network, and by the person it reaches. A limit is a brake on
scripts and never the only guard: where the cache is away each process counts for itself
(docs/decisions/0013-limits.md, 0014-when-a-service-is-away.md).
"""

import contextlib
import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kernel.refusal import Refusal
from tenants import context

#: One household has a /64 of its own, and with it every address in it.
IPV6_HOUSEHOLD = 64
NOBODY = "unknown"


class TooOften(Refusal):
    """So much, so fast, is no customer."""

    code = "too_often"
    status = 429
    sentence = _("That was tried very often in a short time. Try again in a while.")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many times in so many seconds, counted from the first."""

    name: str
    most: int
    seconds: int
    #: Counted for all shops and the hub together.
    is_networks: bool = False

    def place(self) -> AbstractContextManager[None]:
        """Be where it is counted."""
        return context.in_public() if self.is_networks else contextlib.nullcontext()

    def _key(self, by: str) -> str:
        return f"limit:{self.name}:{by}"


def take(limit: Limit, *, by: str, once_for: object = None) -> None:
    """Count one more; what carries the same `once_for` counts once.

    Raises:
        TooOften: that is one too many.
    """
    if settings.QUICKCART_LIMITS:
        with limit.place():
            _take(limit, by=by, once_for=once_for)


def _take(limit: Limit, *, by: str, once_for: object) -> None:
    key = limit._key(by)  # noqa: SLF001 (this module's own)
    if once_for is not None and not _is_first(f"{key}:{once_for}", limit.seconds):
        return
    if _count(key, seconds=limit.seconds) > limit.most:
        if once_for is not None:
            # It was not granted: asking again is asking anew.
            cache.delete(f"{key}:{once_for}")
        raise TooOften


def check(limit: Limit, *, by: str) -> None:
    """Count nothing, but refuse where all has been used up.

    Raises:
        TooOften: it has.
    """
    if settings.QUICKCART_LIMITS:
        key = limit._key(by)  # noqa: SLF001 (this module's own)
        with limit.place():
            if (cache.get(key) or 0) >= limit.most:
                raise TooOften


def _is_first(key: str, seconds: int) -> bool:
    return bool(cache.add(key, 1, timeout=seconds))


def _count(key: str, *, seconds: int) -> int:
    """Return how many it are with this one; 0 where nobody can tell."""
    # `add` and `incr` are each one step of the cache's: two at once are two.
    if cache.add(key, 1, timeout=seconds):
        return 1
    try:
        return int(cache.incr(key) or 0)
    except ValueError:  # it ran out in between, or there is no cache
        return 0


def recipient(email: str) -> str:
    """Return by what letters to somebody are counted: no address is in the cache."""
    # The secret itself: it is the same person in each shop.
    secret = str.encode(settings.SECRET_KEY)
    message = f"quickcart.limits:{email.strip().lower()}".encode()
    return hmac.new(secret, message, hashlib.sha256).hexdigest()


def address_of(request: HttpRequest) -> str:
    """Return the address a request comes from, as our own proxies tell it."""
    told = request.headers.get("X-Forwarded-For", "")
    return _address(told, peer=request.META.get("REMOTE_ADDR", ""))


def address_of_socket(scope: Mapping[str, Any]) -> str:
    """Return the address a socket comes from."""
    told = [
        value.decode("latin1")
        for name, value in scope.get("headers", [])
        if name.lower() == b"x-forwarded-for"
    ]
    return _address(",".join(told), peer=(scope.get("client") or ("",))[0])


def _address(told: str, *, peer: str) -> str:
    """Return who the outermost of our proxies saw; what is before it anybody wrote."""
    hops = [hop.strip() for hop in told.split(",")]
    proxies = settings.QUICKCART_PROXIES
    seen = hops[-proxies] if 0 < proxies <= len(hops) and told else peer
    try:
        address = ipaddress.ip_address(seen)
    except ValueError:
        return NOBODY
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    network = ipaddress.ip_network((address, IPV6_HOUSEHOLD), strict=False)
    return str(network.network_address)
