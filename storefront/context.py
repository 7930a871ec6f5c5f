"""What every page of a shop knows about its shop."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from kernel import clock
from storefront.frame import Frame
from tenants import context

LAZY = (
    "header",
    "aisles",
    "footer",
    "opening",
    "theme_url",
    "icon_url",
    "type_pair",
    "theme_color",
    "theme_color_dark",
)

#: The workspace has a frame of its own.
WORKSPACE = "/admin/"


def shop(request: HttpRequest) -> dict[str, Any]:
    """Return the shop in force and its pages' frame; nothing on the hub.

    The frame asks the database when a template first reads from it, so what does
    not show it (mails, fragments, the workspace) does not pay for it.
    """
    if context.is_public():
        return {}
    current = context.current_shop()
    if request.path.startswith(WORKSPACE):
        return {"shop": current}
    frame = _frame_of(request)
    lazies = {name: SimpleLazyObject(partial(getattr, frame, name)) for name in LAZY}
    return {
        "shop": current,
        "surface": "storefront",
        # Messages live in the session; asking for them without one would open it.
        "has_session": settings.SESSION_COOKIE_NAME in request.COOKIES,
        **lazies,
    }


def _frame_of(request: HttpRequest) -> Frame:
    frame = getattr(request, "_shop_frame", None)
    if frame is None:
        frame = Frame(context.current_shop(), path=request.path, now=clock.now())
        request._shop_frame = frame  # type: ignore[attr-defined]  # noqa: SLF001
    return frame
