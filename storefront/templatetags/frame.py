"""Parts of the frame, drawn once for each edition: `{% load frame %}`."""

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.safestring import SafeString

register = template.Library()


class DrawnNode(template.Node):
    """What stands between the tags, from the frame's own keeping if it is there."""

    def __init__(self, nodelist: NodeList, names: list[FilterExpression]) -> None:
        self.nodelist = nodelist
        self.names = names

    def render(self, context: template.Context) -> SafeString:
        around = context.get("around")
        # Wagtail shows drafts in requests of their own, which are marked late.
        is_preview = getattr(context.get("request"), "is_preview", False)
        if around is None or is_preview:
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
