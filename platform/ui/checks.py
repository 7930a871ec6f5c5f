"""House rules of the design system, told by `manage.py check`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage
from django.core.checks import Warning as Caution

_FINDER = "ui.bundles.BundleFinder"


def bundles_can_be_found(**_: Any) -> list[CheckMessage]:
    """Without the finder every page would come without styles and scripts."""
    if _FINDER in settings.STATICFILES_FINDERS:
        return []
    return [
        Caution(
            f"{_FINDER} is not in STATICFILES_FINDERS.",
            hint="Add it: it makes ui/build/*.css and *.js.",
            id="ui.W001",
        )
    ]
