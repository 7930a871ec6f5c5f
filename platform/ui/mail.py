"""Letters in a shop's colours: CSS inlined, variables resolved.

Mail programs know neither stylesheets nor variables, so the colours are put into
the text of `css/mail.css` before it is inlined.
"""

from __future__ import annotations

import functools
import re

import css_inline

from ui import bundles, theme

_VARIABLE = re.compile(r"var\(--(?P<name>[\w-]+)\)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def dress(html: str, *, look: theme.Theme = theme.DEFAULT) -> str:
    """Return a letter's HTML with every style written on its element."""
    return _inliner(look).inline(html)


@functools.lru_cache(maxsize=128)
def styles(look: theme.Theme) -> str:
    """Return the letter's CSS in a theme's light colours."""
    roles = theme.palette(look)
    text = _COMMENT.sub("", (bundles.ROOT / "css" / "mail.css").read_text())
    return _VARIABLE.sub(lambda match: roles[match["name"]], text)


@functools.lru_cache(maxsize=128)
def _inliner(look: theme.Theme) -> css_inline.CSSInliner:
    return css_inline.CSSInliner(
        inline_style_tags=False,
        load_remote_stylesheets=False,
        extra_css=styles(look),
        keep_style_tags=False,
    )
