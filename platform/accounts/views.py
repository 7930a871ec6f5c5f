"""Pages of one's own account beside allauth's."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Show who one is here and where to go from it."""
    context = {"orders_url": _address("tracking:history")}
    return render(request, "accounts/index.html", context)


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:  # the hub has no orders
        return ""
