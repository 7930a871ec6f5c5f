"""Error pages: what happened, and what to do now."""

import contextlib
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _

from kernel import refusal
from quickcart import pressure
from tenants import context


def _page(
    request: HttpRequest, *, status: int, title: str, message: str
) -> HttpResponse:
    words = {"title": title, "text": message, "code": status}
    shop = getattr(request, "tenant", None)
    # Under ASGI Django calls these in a thread of their own, where no shop is in
    # force: the visitor's session would be looked for in the hub, and be dropped.
    with context.inside(shop) if shop else contextlib.nullcontext():
        return render(request, "ui/error.html", words, status=status)


def bad_request(
    request: HttpRequest, exception: Exception | None = None
) -> HttpResponse:
    # Django takes a session that could not be saved for one that was deleted.
    if _passes_by_itself(exception):
        return pressure.try_again()
    return _page(
        request,
        status=400,
        title=_("We could not read that"),
        message=_(
            "Something in the address or the form is not as it should be. "
            "Go back and try again."
        ),
    )


def denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        status=403,
        title=_("This is not open to you"),
        message=_("Sign in with an account that may see it, or go back."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(
        request,
        status=403,
        title=_("This form has expired"),
        message=_("Go back, reload the page and send it again. Nothing was changed."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        status=404,
        title=_("There is nothing here"),
        message=_(
            "The page may have moved or been sold out of. "
            "Start again from the front page."
        ),
    )


def refused(request: HttpRequest, no: refusal.Refusal) -> HttpResponse:
    return _page(
        request, status=no.status, title=_("That did not work"), message=str(no)
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Say sorry without asking anything of the parts that may be broken.

    Where the database is away, full or hard pressed, that passes by itself: who asks
    is told to try again, not that something broke.
    """
    # Django calls this while it handles what was raised, wherever that was.
    if _passes_by_itself(sys.exc_info()[1]):
        return pressure.try_again()
    return HttpResponse(loader.render_to_string("ui/500.html"), status=500)


def _passes_by_itself(error: BaseException | None) -> bool:
    """Say whether an error is, or came of, a database that is away for a moment."""
    while error is not None:
        if isinstance(error, (OperationalError, InterfaceError)):
            return True
        error = error.__cause__ or error.__context__
    return False
