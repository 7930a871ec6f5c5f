"""The form's fields as the page shows them.

Most customers are guests and get the form empty. An empty field is the same for all
of them, and is drawn once in each language; one that says anything never is kept.
"""

from functools import lru_cache

from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString

from storefront.checkout.forms import CheckoutForm

#: What the customer writes; the times and the ways to pay are drawn as choices.
WRITTEN = ("name", "email", "phone", "note")


def drawn(form: CheckoutForm) -> dict[str, SafeString]:
    """Return the fields a customer writes in, by their names."""
    language = translation.get_language()
    return {
        name: _empty(name, language) if _is_empty(form[name]) else _draw(form[name])
        for name in WRITTEN
    }


def _is_empty(field: BoundField) -> bool:
    return not field.form.is_bound and not field.value()


@lru_cache(maxsize=256)
def _empty(name: str, _language: str | None) -> SafeString:
    return _draw(CheckoutForm()[name])


def _draw(field: BoundField) -> SafeString:
    return render_to_string("ui/components/field.html", {"field": field})
