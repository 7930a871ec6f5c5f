"""The form's fields as the page shows them.

Django's widgets are drawn by a template each, and those by others. A field without
errors is the same for everybody but for what stands in it: it is drawn once in each
language with a mark in that place. What somebody has written is never kept.
"""

import secrets
from functools import lru_cache

from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import escape
from django.utils.safestring import SafeString

from storefront.checkout.forms import CheckoutForm

#: What the customer writes; the times and the ways to pay are drawn as choices.
WRITTEN = ("name", "email", "phone", "note")
#: Stands for what is written; nobody can know it, or write it into another field.
MARK = secrets.token_hex(16)


def drawn(form: CheckoutForm) -> dict[str, SafeString]:
    """Return the fields a customer writes in, by their names."""
    language = translation.get_language()
    return {name: _field(form[name], language) for name in WRITTEN}


def _field(field: BoundField, language: str | None) -> SafeString:
    if field.errors:
        return _draw(field)
    written = field.value()
    drawing = _without_errors(field.name, language, is_empty=not written)
    return SafeString(drawing.replace(MARK, escape(written))) if written else drawing


@lru_cache(maxsize=256)
def _without_errors(name: str, _language: str | None, *, is_empty: bool) -> SafeString:
    form = CheckoutForm(initial={} if is_empty else {name: MARK})
    return _draw(form[name])


def _draw(field: BoundField) -> SafeString:
    return render_to_string("ui/components/field.html", {"field": field})
