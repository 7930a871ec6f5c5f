from decimal import Decimal

import pytest

from storefront.products import reading, rows


def a_row(**facts):
    facts = {"sku": "1", "title": "Oats", "price": Decimal("2.50"), **facts}
    return rows.ProductRow(**facts)


def test_dirt_is_cleaned_off():
    row = a_row(
        title="  Olive  OilÂ\xa0-\tPure ", brand="Kara \n", category=(" A", "", "B ")
    )

    clean = rows.checked(row, currency="EUR")

    assert clean.title == "Olive Oil - Pure"
    assert clean.brand == "Kara"
    assert clean.category == ("A", "B")


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"title": " "}, "name is missing"),
        ({"sku": ""}, "SKU is missing"),
        ({"title": "O\x00ats"}, "NUL"),
        ({"title": "O" * 256}, "longer than 255"),
        ({"price": Decimal("-0.01")}, "price -0.01"),
        ({"price": Decimal("100000.01")}, "price 100000.01"),
        ({"price": Decimal("NaN")}, "price NaN"),
        ({"stock": -1}, "stock -1"),
        ({"stock": 10**9}, "stock"),
        ({"gtin": "5901234123458"}, "barcode"),
        ({"gtin": "abc"}, "barcode"),
        ({"pack_amount": Decimal(0), "pack_unit": "g"}, "pack size 0"),
        ({"pack_amount": Decimal(5)}, "number and a unit"),
        ({"pack_amount": Decimal(5), "pack_unit": "stone"}, "stone"),
        ({"allergens": ["kryptonite"]}, "kryptonite"),
        ({"tax_rate": Decimal(101)}, "VAT rate 101"),
        ({"category": ("A",) * 6}, "too deep"),
    ],
)
def test_what_cannot_be_sold_is_refused_with_its_reason(facts, word):
    with pytest.raises(rows.RowRefused, match=word):
        rows.checked(a_row(**facts), currency="EUR")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2.50", "2.50"),
        ("2,50", "2.50"),
        ("€ 2,50", "2.50"),
        ("12,50 EUR", "12.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1,234", "1234"),
        ("-3", "-3"),
    ],
)
def test_numbers_are_read_as_people_write_them(text, number):
    assert reading.decimal_of(text) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "free", "NaN", "Infinity", "1e5", "2.5.0", "1 or 2"]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(rows.RowRefused):
        reading.decimal_of(text)
