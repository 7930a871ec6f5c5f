"""What every request passes through, on the hub and in every shop."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import HttpRequest, HttpResponse

from kernel import refusal
from quickcart import errors

View = Callable[[HttpRequest], HttpResponse]


class HealthMiddleware:
    """Answer /healthz for any host, before anything can be in the way."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        return self.get_response(request)


class BadInputMiddleware:
    """Answer 400 to what no form means and the database cannot hold.

    NUL bytes are refused where they are cheap to see (address and query); those
    in a body, numbers past a column's range and broken encodings surface as
    errors of the driver and are answered the same way.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return errors.bad_request(request)
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        is_nul = isinstance(exception, ValueError) and "NUL" in str(exception)
        if is_nul or isinstance(exception, (DataError, UnicodeError, BadRequest)):
            return errors.bad_request(request)
        return None


class RefusalMiddleware:
    """Show a refusal that a page's door did not translate itself."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if isinstance(exception, refusal.Refusal):
            return errors.refused(request, exception)
        return None
