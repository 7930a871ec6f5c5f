"""Doors' small tools."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponseBase]


def is_same_origin(request: HttpRequest) -> bool:
    """Say whether a request was made by a page of the same host and port.

    Browsers send Sec-Fetch-Site and Origin with every form post; scripts of other
    sites cannot forge either. Where both are missing it is no browser.
    https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    try:
        return origin is None or urlsplit(origin).netloc == request.get_host()
    except ValueError:  # no address at all
        return False


def same_origin(view: View) -> View:
    """Guard a view by the request's origin instead of a CSRF token.

    For forms on pages that are the same for everybody and may be cached: such a
    page cannot carry a visitor's token.
    """

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in {"GET", "HEAD"} and not is_same_origin(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
