"""What every page of a shop knows about its shop."""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from storefront import frame
from tenants import context
from tenants.editions import keys

LAZY = (
    "header",
    "footer",
    "opening",
    "theme_url",
    "icon_url",
    "type_pair",
    "theme_color",
    "theme_color_dark",
)

#: The workspace has a frame of its own, but shows what blocks will look like.
WORKSPACE = "/admin/"
BLOCK_PREVIEW = "/admin/block-preview/"


def shop(request: HttpRequest) -> dict[str, Any]:
    """Return the shop in force and its pages' frame; nothing on the hub.

    The frame asks the database when a template first reads from it, so what does
    not show it (mails, fragments, the workspace) does not pay for it.
    """
    if context.is_public():
        return {}
    current = context.current_shop()
    path = request.path
    if path.startswith(WORKSPACE) and not path.startswith(BLOCK_PREVIEW):
        return {"shop": current}
    around = SimpleLazyObject(lambda: frame.of(request))
    lazies = {name: SimpleLazyObject(partial(getattr, around, name)) for name in LAZY}
    return {
        "shop": current,
        "surface": "storefront",
        "is_for_one": not keys.could_be_anybodys(request),
        "around": around,
        "current_aisle": SimpleLazyObject(lambda: around.aisle_at(path)),
        "aisles": SimpleLazyObject(lambda: around.aisles_at(path)),
        **lazies,
    }
