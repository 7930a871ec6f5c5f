import re
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from django import forms
from django.template.loader import get_template, render_to_string
from django.utils import translation

from ui import cards, mail, pages, samples, theme

VOID = {"meta", "link", "img", "input", "br", "hr", "path", "circle", "rect", "line"}


class Order(forms.Form):
    name = forms.CharField(label="Your name", help_text="As on the door.")
    email = forms.EmailField(label="E-mail")
    news = forms.BooleanField(label="Offers", required=False)
    missing = forms.ChoiceField(
        label="If missing", choices=[("ask", "Ask me")], widget=forms.RadioSelect
    )


class Balance(HTMLParser):
    """Notes tags that are closed out of turn, ids used twice, inline code."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.faults.append(f"{tag} has {name}")
            if name == "id" and value in self.ids:
                self.faults.append(f"id {value} twice")
            if name == "id":
                self.ids.add(value)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.faults.append(f"{tag} closed out of turn")


@pytest.fixture(params=sorted(samples.THEMES))
def library(request, settings):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {
            "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        }
    }
    context = samples.library(pictures_url="/p", theme_name=request.param)
    context["form"] = Order({"email": "nope", "missing": "ask"})
    return render_to_string("ui/pattern_library.html", context)


def test_the_pattern_library_is_sound_html_without_inline_code(library):
    balance = Balance()
    balance.feed(library)

    assert balance.faults == []
    assert balance.open == []


def test_no_comment_of_a_template_reaches_the_reader(library):
    assert "Context:" not in library
    assert "{#" not in library


def test_a_field_is_tied_to_its_label_help_and_error():
    html = render_to_string(
        "ui/components/field.html", {"field": Order({"name": ""})["name"]}
    )

    assert 'for="id_name"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html


def test_names_of_goods_are_escaped_everywhere():
    card = samples.Shelf("/p").cards()[0] | {"title": '"><script>x</script>'}
    html = render_to_string(
        "ui/components/product_card.html", {"card": card, "set_url": "/set"}
    )

    assert "<script>" not in html


def test_a_stepper_works_without_javascript():
    html = render_to_string(
        "ui/components/stepper.html",
        {"set_url": "/set", "product_id": 7, "title": "Figs", "quantity": 2, "max": 2},
    )

    assert 'name="quantity" value="1"' in html
    assert re.search(r'value="3"[^>]*disabled', html)


def test_sold_out_goods_have_no_stepper():
    card = samples.Shelf("/p").cards()[5]
    html = render_to_string(
        "ui/components/product_card.html", {"card": card, "set_url": "/set"}
    )

    assert "Sold out" in html
    assert "<form" not in html


def test_full_and_closed_slots_cannot_be_chosen():
    html = render_to_string(
        "ui/components/slot_picker.html", {"days": samples.slot_days()[:1]}
    )

    assert html.count(" disabled") == 2
    assert html.count('name="slot"') == 6
    assert "2 places left" in html


def test_a_day_without_times_says_so_beforehand():
    days = [
        {
            "date": "2026-05-01",
            "label": "Fri",
            "slots": samples.slot_days()[0]["slots"],
        },
        {"date": "2026-05-02", "label": "Sat", "slots": []},
    ]
    html = render_to_string("ui/components/slot_picker.html", {"days": days})

    assert html.count("slots__day--closed") == 1


def test_a_countdown_says_what_it_counts():
    html = render_to_string(
        "ui/components/countdown.html",
        {
            "until": datetime(2026, 5, 1, 14, 32, tzinfo=UTC),
            "text": "Kept for you",
            "until_label": "until 14:32",
            "words": "for %s",
        },
    )

    assert 'data-countdown-words="for %s"' in html
    assert "Kept for you" in html
    assert "until 14:32" in html  # for those without JavaScript


@pytest.mark.parametrize(
    ("current", "total", "expected"),
    [
        (1, 1, [1]),
        (1, 3, [1, 2, 3]),
        (4, 12, [1, 2, 3, 4, 5, None, 12]),
        (6, 12, [1, None, 5, 6, 7, None, 12]),
        (12, 12, [1, None, 11, 12]),
    ],
)
def test_pagination_shows_the_ends_and_the_surroundings(current, total, expected):
    shown = pages.links(current=current, total=total, url_of=str)

    assert [page and page.number for page in shown] == expected


def test_a_letter_carries_its_colours_on_its_elements():
    look = theme.Theme(brand="#6d1f3c")
    html = mail.dress(
        render_to_string(
            "ui/mail/sample.html", {"shop_name": "Fiore", "shop_url": "https://x.test"}
        ),
        look=look,
    )

    assert "var(" not in html
    assert "<style" not in html
    assert re.search(r'class="button"[^>]*background: ?#6d1f3c', html)


@pytest.mark.parametrize("name", ["ui/error.html", "ui/mail/base.txt", "ui/base.html"])
def test_documents_stand_without_any_context(name, settings):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {
            "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        }
    }

    assert get_template(name).render({})


def test_a_card_is_drawn_anew_only_when_something_on_it_changes():
    card = samples.Shelf("/p").cards()[0]
    first = cards.draw(card, set_url="/set")

    assert cards.draw(dict(card), set_url="/set") is first
    assert cards.draw(card | {"price": Decimal("2.59")}, set_url="/set") != first
    assert cards.draw(card | {"stock_state": "out"}, set_url="/set") != first
    with translation.override("de"):
        assert cards.draw(card, set_url="/set") != first


def test_a_card_may_be_an_object():
    card = samples.Shelf("/p").cards()[0]

    assert cards.draw(SimpleNamespace(**card)) == cards.draw(card)
