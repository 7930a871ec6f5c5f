"""How a door says that its page is the same for everybody."""

from datetime import datetime

from django.http import HttpRequest, HttpResponseBase

_MARK = "is_for_everybody_until"


def for_everybody(response: HttpResponseBase, *, until: datetime) -> None:
    """Let a page be kept for its edition, and no longer than a moment.

    It must depend on nothing of the request but its host, path and those parts of
    the query that are named in QUICKCART_PAGE_QUERY.
    """
    setattr(response, _MARK, until)


def end_of(response: HttpResponseBase) -> datetime | None:
    """Return until when a page may be kept; None if it may not."""
    return getattr(response, _MARK, None)


def edition_of(request: HttpRequest) -> str:
    """Return the name of the edition a request is answered from; "" if unknown."""
    edition = getattr(request, "edition", None)
    return edition.name if edition else ""
