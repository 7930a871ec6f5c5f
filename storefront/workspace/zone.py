"""The workspace speaks the shop's language and keeps the shop's time.

Wagtail's admin sets the time zone of each of its views anew: the user's own, or
settings.TIME_ZONE. A go-live time typed there would mean UTC, and a board would
show its slots an hour off. The request has the shop's zone and language already
(`tenants.middleware`), so here the admin leaves both alone.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from wagtail.admin import auth

View = Callable[..., HttpResponse]


def keep_the_shops(
    view: View, request: HttpRequest, *args: Any, **kwargs: Any
) -> HttpResponse:
    """Call a view as it is; stands in for Wagtail's `get_localized_response`."""
    return view(request, *args, **kwargs)


def install() -> None:
    """Put it in place of Wagtail's: there is no setting for it."""
    auth.get_localized_response = keep_the_shops
