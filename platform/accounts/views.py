"""Pages of one's own account beside allauth's."""

from functools import wraps
from typing import Any

from allauth.account import views as allauth_views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from tenants import limits

#: After so many reset links that lead nowhere none is opened for a while.
WRONG_LINKS = limits.Limit("wrong-reset-links", most=10, seconds=600)


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Show who one is here and where to go from it."""
    context = {"orders_url": _address("tracking:history")}
    return render(request, "accounts/index.html", context)


@wraps(allauth_views.password_reset_from_key)
def reset_from_key(request: HttpRequest, **told: Any) -> HttpResponse:
    """Open a link of a letter about a new password.

    allauth itself counts the new passwords sent, not the links that are looked at.

    Raises:
        TooOften: this address has opened too many that lead nowhere.
    """
    address = limits.address_of(request)
    limits.check(WRONG_LINKS, by=address)
    response: HttpResponse = allauth_views.password_reset_from_key(request, **told)
    if (getattr(response, "context_data", None) or {}).get("token_fail"):
        limits.take(WRONG_LINKS, by=address)
    return response


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:  # the hub has no orders
        return ""
