"""What of a request a page for everybody may depend on."""

import hashlib

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import urlencode

#: Longer addresses are made up; they are answered and not kept.
LONGEST = 600


def could_be_anybodys(request: HttpRequest) -> bool:
    """Say whether nothing in a request tells who asks.

    The basket's cookie may be there: pages for everybody do not read it.
    """
    theirs = {settings.SESSION_COOKIE_NAME, settings.QUICKCART_NOTICES_COOKIE}
    return theirs.isdisjoint(request.COOKIES) and (
        "HTTP_AUTHORIZATION" not in request.META
    )


def of_page(request: HttpRequest, *, host: str, schema_name: str) -> str | None:
    """Return the key of a page; None for an address nobody is led to.

    What pages do not read of a query is left out: it makes no other page.
    """
    query = _query(request)
    parts = (schema_name, request.scheme or "", host, request.path, query)
    if sum(map(len, parts)) > LONGEST:
        return None
    # In one length, whatever is in it; no text of one part can look like two.
    return hashlib.blake2b(repr(parts).encode(), digest_size=20).hexdigest()


def is_shared(request: HttpRequest) -> bool:
    """Say whether other processes are likely to be asked for the same."""
    return not request.META.get("QUERY_STRING")


def _query(request: HttpRequest) -> str:
    if not request.META.get("QUERY_STRING"):
        return ""
    asked = request.GET
    read = {name: asked.getlist(name) for name in settings.QUICKCART_PAGE_QUERY}
    return urlencode(read, doseq=True)
