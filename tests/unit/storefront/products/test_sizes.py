from decimal import Decimal

import pytest

from storefront.products import sizes


@pytest.mark.parametrize(
    ("name", "amount", "unit"),
    [
        ("Oats, 500 g", "500", "g"),
        ("Idly Dosa Batter, 1 Kg", "1", "kg"),
        ("Coconut Water 6x200 ml", "1200", "ml"),
        ("Cola 4 X 1.5 ltr", "6", "l"),
        ("Extra Virgin Olive Oil 1L", "1", "l"),
        ("Olives (Sliced) 450 gm Jar", "450", "g"),
        ("Energy Bar Hazelnut 6 pcs", "6", "piece"),
        ("Cupcakes, Pack of 2", "2", "piece"),
        ("Chocolate Biscuit, 250 g, Pack of 9", "2250", "g"),
        ("Juice 0,75 l", "0.75", "l"),
    ],
)
def test_a_size_in_a_name_is_read(name, amount, unit):
    assert sizes.size_in(name) == (Decimal(amount), unit)


@pytest.mark.parametrize(
    "name",
    [
        "Garlic",
        "Stevia 100% Natural Sweetener",
        "4700BC Microwave Popcorn",
        "Snacks - Sticks, 2+ Years",
        "Seer Fish - Small, 8-12 pcs",
        "Mutton - From Whole Carcass 8-10 Kgs",
        "Oats 500 g + Honey 250 g",
        "Appalam No 4",
        "Water 0 ml",
        "Sugar 99999999 kg",
    ],
)
def test_a_number_that_is_no_size_is_left_alone(name):
    assert sizes.size_in(name) == (None, "")
