"""What the hub's pages know beside their own facts."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from tenants import context


def platform(request: HttpRequest) -> dict[str, Any]:
    """Say whether there is a mailbox to link to; nothing in a shop."""
    return {"has_mailbox": settings.QUICKCART_DEMO} if context.is_public() else {}
