"""The checkout's fields: drawn once, with what each customer has written."""

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from storefront.checkout import fields
from storefront.checkout.forms import CheckoutForm

FIELD = "ui/components/field.html"
WRITTEN = ["", "Ana Byrne", "0", " ", '<b>"it\'s" & more</b>', "é\n\nñ"]


def drawn_plainly(form):
    return {
        name: render_to_string(FIELD, {"field": form[name]}) for name in fields.WRITTEN
    }


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("language", ["en-ie", "de"])
def test_a_field_is_what_django_would_have_drawn(written, language):
    values = dict.fromkeys(fields.WRITTEN, written)
    with translation.override(language):
        for form in (CheckoutForm(initial=values), CheckoutForm(values)):
            assert fields.drawn(form) == drawn_plainly(form)


def test_what_somebody_has_written_is_never_kept():
    fields._without_errors.cache_clear()
    for name in ("Ana Byrne", "Ben Casey"):
        form = CheckoutForm(initial={"name": name})
        assert name in fields.drawn(form)["name"]

    assert fields._without_errors.cache_info().misses == len(fields.WRITTEN)
    assert "value" not in fields.drawn(CheckoutForm())["name"]


def test_one_field_never_shows_what_was_written_in_another():
    form = CheckoutForm(initial={"name": fields.MARK, "email": "ana@example.com"})

    drawn = fields.drawn(form)

    assert "ana@example.com" not in drawn["name"]
    assert fields.MARK in drawn["name"]
