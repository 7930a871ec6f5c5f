"""Parts of the frame, drawn once for each edition: `{% load frame %}`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django import template
from django.template.base import (
    FilterExpression,
    NodeList,
    Parser,
    TextNode,
    Token,
    VariableNode,
)
from django.template.loader_tags import (
    BLOCK_CONTEXT_KEY,
    BlockContext,
    BlockNode,
    ExtendsNode,
    do_extends,
)
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


class DrawnNode(template.Node):
    """What stands between the tags, from the frame's own keeping if it is there."""

    def __init__(self, nodelist: NodeList, names: list[FilterExpression]) -> None:
        self.nodelist = nodelist
        self.names = names

    def render(self, context: template.Context) -> SafeString:
        around = context.get("around")
        if around is None or _is_draft(context):
            return self.nodelist.render(context)
        name = tuple([str(part.resolve(context)) for part in self.names])
        drawing: SafeString = around.once(
            "drawn", name, lambda: self.nodelist.render(context)
        )
        return drawing


@register.tag("drawn")
def drawn(parser: Parser, token: Token) -> DrawnNode:
    """Draw a part of the frame once: `{% drawn "footer" %}…{% enddrawn %}`.

    It may show nothing but what the frame knows and the name says: `{% drawn "header"
    current_aisle basket.count %}` is drawn once for each aisle and each number.
    """
    _tag, *names = token.split_contents()
    if not names:
        message = "drawn takes a name."
        raise template.TemplateSyntaxError(message)
    nodelist = parser.parse(("enddrawn",))
    parser.delete_first_token()
    return DrawnNode(nodelist, [parser.compile_filter(name) for name in names])


#: Blocks of the frame that say which page it is; the header says in which aisle one
#: is, and where it is asked for, how much lies in the basket.
PAGES_OWN = frozenset({"title", "meta", "canonical", "header"})
#: No text of a shop's can hold a NUL: PostgreSQL refuses it.
_SEAM = re.compile("\0([a-z_]+)\0")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page's frame: HTML, and by turns the name of the block that stands there."""

    pieces: tuple[str, ...]
    #: What stands in a block that the page does not fill.
    usual: Mapping[str, BlockNode]


class FramedNode(ExtendsNode):
    """`extends` for pages that are the same for everybody.

    The frame is rendered once for an edition, with seams where the page's own blocks
    belong; a page renders those alone.
    """

    must_be_first = False  # its library has to be loaded before it

    def render(self, context: template.Context) -> SafeString:
        around = context.get("around")
        # Messages are somebody's.
        if around is None or context.get("is_for_one") or _is_draft(context):
            rendered: SafeString = super().render(context)
            return rendered
        name = str(self.parent_name), *sorted(self.blocks)
        drawn: Drawn = around.once("frame", name, lambda: self._draw(context))
        html = list(drawn.pieces)
        for place in range(1, len(html), 2):
            block = self.blocks.get(html[place]) or drawn.usual[html[place]]
            with context.push():
                html[place] = block.nodelist.render(context)
        # Each piece was rendered by its template.
        return mark_safe("".join(html))  # noqa: S308

    def _draw(self, context: template.Context) -> Drawn:
        names = PAGES_OWN | self.blocks.keys()
        blocks = BlockContext()
        blocks.add_blocks({name: _seam(name) for name in names})
        context.render_context[BLOCK_CONTEXT_KEY] = blocks
        try:
            html = super().render(context)
        finally:
            del context.render_context[BLOCK_CONTEXT_KEY]
        usual = {
            name: own[-2]  # the last of them is the seam
            for name, own in blocks.blocks.items()
            if name not in self.blocks and name in names
        }
        return Drawn(tuple(_SEAM.split(html)), usual)


@register.tag("framed")
def framed(parser: Parser, token: Token) -> FramedNode:
    """Stand in the frame: `{% framed "storefront/base.html" %}`, as with `extends`.

    The frame may show nothing but what it knows itself, apart from the page's blocks
    and those of PAGES_OWN; a page's block cannot ask for `block.super`.
    """
    extending = do_extends(parser, token)
    shown = extending.nodelist.get_nodes_by_type(VariableNode)
    if any("block.super" in repr(variable) for variable in shown):
        message = "A block of a framed page has no block.super."
        raise template.TemplateSyntaxError(message)
    return FramedNode(extending.nodelist, extending.parent_name)


def _seam(name: str) -> BlockNode:
    return BlockNode(name, NodeList([TextNode(f"\0{name}\0")]))


def _is_draft(context: template.Context) -> bool:
    # Wagtail shows drafts in requests of their own, which are marked late.
    return bool(getattr(context.get("request"), "is_preview", False))
