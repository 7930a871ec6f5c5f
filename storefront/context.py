"""What every page of a shop knows about its shop."""

from typing import Any

from django.http import HttpRequest

from tenants import context


def shop(request: HttpRequest) -> dict[str, Any]:
    """Return the shop in force; nothing on the hub."""
    if context.is_public():
        return {}
    return {"shop": context.current_shop()}
