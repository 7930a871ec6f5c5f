from decimal import Decimal

import pytest
from django import template
from django.template import engines
from django.utils import translation


def render(source: str, **context: object) -> str:
    return engines["django"].from_string("{% load ui %}" + source).render(context)


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en-ie", "€1,234.50"), ("de", "1.234,50\xa0€"), ("hr", "1.234,50\xa0€")],
)
def test_money_is_written_in_the_language_of_the_reader(language, expected):
    with translation.override(language):
        assert render("{{ a|money:'EUR' }}", a=Decimal("1234.5")) == expected


@pytest.mark.parametrize("hostile", [None, "", "abc", "NaN", "Infinity", "\x00"])
def test_what_is_no_amount_is_written_as_nothing(hostile):
    assert render("{{ a|money:'EUR' }}", a=hostile) == ""


def test_an_unknown_currency_is_written_with_its_code():
    assert "XQX" in render("{{ a|money:'XQX' }}", a=Decimal(1))


def test_a_price_is_read_whole_and_shown_in_two_sizes():
    with translation.override("en-ie"):
        html = render("{{ a|price_parts:'EUR' }}", a=Decimal("2.49"))

    assert html == (
        '€2<span class="price__mark">.</span><span class="price__decimals">49</span>'
    )


def test_a_currency_without_decimals_is_left_whole():
    with translation.override("en"):
        assert render("{{ a|price_parts:'JPY' }}", a=Decimal(200)) == "¥200"


def test_an_icon_is_drawn_inline_and_hidden_from_readers():
    html = render('{% icon "basket" %}')

    assert html.startswith('<svg class="icon" viewBox="0 0 24 24"')
    assert 'aria-hidden="true"' in html


@pytest.mark.parametrize("name", ["nonsense", "../../base", "a b", "LICENSE.txt"])
def test_an_unknown_icon_is_a_mistake(name):
    with pytest.raises(template.TemplateSyntaxError):
        render("{% icon name %}", name=name)


def test_scripts_are_our_own_files_and_need_no_nonce():
    html = render('{% ui_scripts "storefront" %}')

    assert html.count("<script src=") == 2
    assert "nonce" not in html
    assert "allowEval&quot;:false" in html
