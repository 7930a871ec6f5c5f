"""Which frame a page stands in: the shop's on its host, the hub's on the hub."""

from typing import Any

from django.http import HttpRequest

from tenants import context


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the template the pages of this app extend."""
    if context.is_public():
        return {"frame": "hub/base.html", "surface": "hub", "is_hub": True}
    return {"frame": "storefront/base.html", "is_hub": False}
