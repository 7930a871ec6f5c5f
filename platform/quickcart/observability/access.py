"""Who may see figures and reasons: this machine, or who has the token."""

import hmac
import ipaddress
from collections.abc import Iterable, Mapping

from django.conf import settings

#: What a proxy adds for a visitor from outside.
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


def is_watcher(headers: Mapping[str, str], *, address: str) -> bool:
    """Say whether a caller is one of ours.

    Behind a proxy everybody comes from the proxy's address, so who was forwarded is
    an outsider, token or not: what is told here is told inside.

    Args:
        headers: by lower-case name.
        address: whom the connection is from.
    """
    if any(headers.get(name) for name in FORWARDED):
        return False
    return _has_token(headers) or _is_loopback(address)


def lower(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers by lower-case name."""
    return {name.lower(): value for name, value in headers}


def _has_token(headers: Mapping[str, str]) -> bool:
    scheme, _space, token = headers.get("authorization", "").partition(" ")
    wanted = settings.WATCH_TOKEN.encode()
    is_same = hmac.compare_digest(token.encode("utf-8", "replace"), wanted)
    return bool(wanted) and scheme.lower() == "bearer" and is_same


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
