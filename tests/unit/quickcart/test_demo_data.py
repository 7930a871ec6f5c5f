"""The demo shops' data are right: a newcomer's first impression, and food law."""

import json
import re
from decimal import Decimal
from itertools import chain
from pathlib import Path

import pytest
from opening_hours import OpeningHours
from PIL import Image
from stdnum import ean

DEMO = Path(__file__).parents[3] / "platform" / "quickcart" / "demo"
SHOPS = {path.stem: json.loads(path.read_text()) for path in DEMO.glob("data/*.json")}

ALLERGEN_WORDS = {
    "gluten": "WHEAT RYE BARLEY OATS SPELT",
    "crustaceans": "PRAWN PRAWNS SHRIMP CRAB LOBSTER",
    "eggs": "EGG EGGS",
    "fish": "FISH HAKE MACKEREL SALMON MONKFISH HADDOCK BONITO ANCHOVIES",
    "peanuts": "PEANUTS",
    "soya": "SOYA",
    "milk": "MILK",
    "nuts": "NUTS WALNUTS ALMONDS PISTACHIOS",
    "celery": "CELERY",
    "mustard": "MUSTARD",
    "sesame": "SESAME",
    "sulphites": "SULPHITES",
    "lupin": "LUPIN",
    "molluscs": "MUSSELS OYSTER OYSTERS SQUID",
}
CODE_OF_WORD = {
    word: code for code, words in ALLERGEN_WORDS.items() for word in words.split()
}
FROM_ANIMALS = {"milk", "eggs", "fish", "crustaceans", "molluscs"}
FROM_CAUGHT_ANIMALS = {"fish", "crustaceans", "molluscs"}
KILOS_LITRES_PIECES = {
    "g": Decimal("0.001"),
    "kg": Decimal(1),
    "ml": Decimal("0.001"),
    "l": Decimal(1),
    "piece": Decimal(1),
}
VAT_RATES_OF_IRELAND = {"0", "9", "13.5", "23"}
DAY_OR_SPAN = r"(Mo|Tu|We|Th|Fr|Sa|Su)(-(Mo|Tu|We|Th|Fr|Sa|Su))?"
READABLE = 4.5
ALMOST_BLACK = "#111111"


@pytest.fixture(params=sorted(SHOPS))
def shop(request):
    return SHOPS[request.param]


def names_of_repeated(values):
    values = list(values)
    return {value for value in values if values.count(value) > 1}


def category_paths(shop):
    for top in shop["categories"]:
        yield top["name"]
        for child in top["children"]:
            yield f"{top['name']} > {child['name']}"


def leaf_paths(shop):
    tops = {top["name"] for top in shop["categories"] if top["children"]}
    return set(category_paths(shop)) - tops


def blocks(shop):
    pages = [shop["pages"]["home"], *shop["pages"]["standard"]]
    return list(chain.from_iterable(page["blocks"] for page in pages))


def contrast(one, other):
    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in parts
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_there_are_three_shops_each_in_the_file_of_its_subdomain():
    assert len(SHOPS) == 3
    assert all(shop["subdomain"] == name for name, shop in SHOPS.items())


@pytest.mark.parametrize("key", ["name", "order_prefix", "phone", "email", "tagline"])
def test_no_two_shops_share(key):
    assert not names_of_repeated(shop[key] for shop in SHOPS.values())


def test_a_shop_has_a_full_shelf(shop):
    assert 80 <= len(shop["products"]) <= 150
    assert any(product["stock"] == 0 for product in shop["products"])
    assert any(0 < p["stock"] <= p["low_stock"] for p in shop["products"])


@pytest.mark.parametrize("key", ["sku", "ean", "title"])
def test_within_a_shop_nothing_repeats(shop, key):
    assert not names_of_repeated(product[key] for product in shop["products"])


def test_an_ean_of_a_brand_is_the_same_product_everywhere():
    sold = {
        (product["ean"], product["title"])
        for shop in SHOPS.values()
        for product in shop["products"]
        if not product["ean"].startswith("2")  # numbers a shop gives its own goods
    }

    assert not names_of_repeated(number for number, _ in sold)


def test_eans_have_thirteen_digits_and_their_check_digit(shop):
    bad = [p["ean"] for p in shop["products"] if not ean.is_valid(p["ean"])]

    assert not bad
    assert all(len(product["ean"]) == 13 for product in shop["products"])


def test_every_product_has_a_price_a_vat_rate_and_a_unit_price(shop):
    for product in shop["products"]:
        price = Decimal(product["price"])
        pack = product["pack"]
        amount = Decimal(pack["amount"]) * KILOS_LITRES_PIECES[pack["unit"]]

        assert price > 0, product["sku"]
        assert price == price.quantize(Decimal("0.01")), product["sku"]
        assert price / amount < 10_000, product["sku"]
        assert product["tax_rate"] in VAT_RATES_OF_IRELAND, product["sku"]


def test_every_product_says_something_and_lies_in_an_innermost_category(shop):
    leaves = leaf_paths(shop)
    for product in shop["products"]:
        assert product["category"] in leaves, product["sku"]
        assert len(product["description"]) > 20, product["sku"]
        assert product["origin"], product["sku"]
        assert product["storage"], product["sku"]


def test_no_category_is_empty(shop):
    used = {product["category"] for product in shop["products"]}

    assert leaf_paths(shop) == used
    assert not names_of_repeated(category_paths(shop))


def test_allergens_are_those_of_european_law_and_declared_once(shop):
    for product in shop["products"]:
        declared = product["allergens"] + product["may_contain"]

        assert set(declared) <= set(ALLERGEN_WORDS), product["sku"]
        assert not names_of_repeated(declared), product["sku"]


def test_allergens_stand_in_capitals_in_the_ingredients_and_nowhere_else(shop):
    for product in shop["products"]:
        sentences = product["ingredients"].split(" May contain")
        words = set(re.findall(r"\b[A-Z]{3,}\b", sentences[0]))

        assert words <= set(CODE_OF_WORD), product["sku"]
        if words or product["ingredients"]:
            named = {CODE_OF_WORD[word] for word in words}
            assert named == set(product["allergens"]), product["sku"]


def test_diets_agree_with_the_allergens(shop):
    for product in shop["products"]:
        diet, contains = set(product["diet"]), set(product["allergens"])

        assert diet <= {"vegan", "vegetarian", "organic", "gluten_free"}
        if "vegan" in diet:
            assert "vegetarian" in diet, product["sku"]
            assert not contains & FROM_ANIMALS, product["sku"]
        if "vegetarian" in diet:
            assert not contains & FROM_CAUGHT_ANIMALS, product["sku"]
        if "gluten_free" in diet:
            assert "gluten" not in contains | set(product["may_contain"])


def test_pictures_exist_and_none_is_spare():
    used = {
        product["picture"] for shop in SHOPS.values() for product in shop["products"]
    }
    for shop in SHOPS.values():
        for top in shop["categories"]:
            used |= {top["picture"], *(child["picture"] for child in top["children"])}
    painted = set()
    for source in DEMO.glob("artwork/*.py"):
        painted |= {
            f"{name}.webp" for name in re.findall(r'"([\w-]+)"', source.read_text())
        }
        painted |= set(re.findall(r'"([\w-]+\.webp)"', source.read_text()))
    there = {path.name for path in DEMO.glob("pictures/*.webp")}

    assert used <= there
    assert there <= used | painted


def test_the_licence_of_the_pictures_goes_with_them():
    notice = (DEMO / "pictures" / "NOTICE").read_text()

    assert "Copyright (c) Microsoft Corporation" in notice
    assert "Permission is hereby granted, free of charge" in notice


def test_pages_name_only_what_exists(shop):
    skus = {product["sku"] for product in shop["products"]}
    paths = set(category_paths(shop))
    for block in blocks(shop):
        assert set(block.get("skus", [])) <= skus
        assert block.get("category", block.get("link_category")) in {None, *paths}
        if "image" in block:
            assert block.get("alt") or block.get("image_alt")
            assert (DEMO / block["image"]).is_file()


def test_artwork_is_of_the_expected_size_and_light():
    for path in DEMO.glob("art/*.webp"):
        kind = "logo" if path.stem.endswith("-logo") else path.stem.split("-")[1]
        expected = {"logo": (512, 512), "hero": (1600, 1000)}.get(kind, (1200, 900))

        with Image.open(path) as picture:
            assert picture.size == expected, path.name
            assert (kind == "logo") == (picture.mode == "RGBA"), path.name
        assert path.stat().st_size < 120_000, path.name


def test_theme_colours_can_be_read(shop):
    theme = shop["theme"]
    for colour in (theme["brand"], theme["accent"]):
        best = max(contrast(colour, "#FFFFFF"), contrast(colour, ALMOST_BLACK))
        assert best >= READABLE
    assert contrast(theme["brand"], theme["paper"]) >= READABLE
    assert contrast(theme["ink"], theme["paper"]) >= 7
    assert theme["type_pair"] in {"humanist", "editorial", "grotesk"}
    assert theme["header"] in {"centered", "split", "banner"}
    assert theme["radius"] in {"soft", "sharp", "round"}
    assert (DEMO / theme["logo"]).is_file()


def test_hours_can_be_read_and_pickup_fits_into_whole_slots(shop):
    OpeningHours(shop["hours"])

    pickup = shop["pickup"]
    for window in pickup["windows"]:
        minutes = [
            int(hour) * 60 + int(minute)
            for hour, minute in (window[end].split(":") for end in ("from", "to"))
        ]
        assert re.fullmatch(DAY_OR_SPAN, window["days"])
        assert minutes[0] < minutes[1]
        assert (minutes[1] - minutes[0]) % pickup["slot_minutes"] == 0


def test_orders_name_goods_and_customers_of_the_shop(shop):
    stock = {product["sku"]: product["stock"] for product in shop["products"]}
    states = {"placed", "accepted", "picking", "ready", "collected", "cancelled"}
    for order in shop["orders"]:
        over = order["slot_offset_days"] < 0

        assert order["customer"] in range(len(shop["customers"]))
        assert order["state"] in states
        assert over == (order["state"] in {"collected", "cancelled"})
        assert all(
            0 < line["quantity"] <= stock[line["sku"]] for line in order["lines"]
        )


def test_people_have_addresses_that_can_reach_nobody(shop):
    people = [shop["owner"], *shop["staff"], *shop["customers"]]

    assert all(person["email"].endswith(".example") for person in people)
    assert not names_of_repeated(person["email"] for person in people)
