"""The basket's lines in templates: `{% load basket %}`."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from storefront.cart import drawing

register = template.Library()


@register.simple_tag(takes_context=True)
def basket_lines(context: template.Context, lines: list[dict[str, Any]]) -> SafeString:
    """Draw the lines of the reader's basket: `{% basket_lines lines %}`."""
    token = str(context.get("csrf_token", ""))
    return drawing.draw(lines, currency=context["currency"], token=token)
