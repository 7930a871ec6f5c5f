"""The demo's shops: from their files to shops that take orders."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from pickup.models import PickupSettings
from quickcart.demo import pages, people
from quickcart.demo.people import Person
from storefront.oscar_apps.catalogue.models import Category
from storefront.products import loading
from storefront.products.images import PictureImport
from storefront.products.rows import ProductRow
from storefront.profile import services as profile_services
from storefront.profile.models import ShopProfile
from tenants import context, provisioning
from tenants.models import Shop

HERE = Path(__file__).parent
LEVELS = " > "

Data = dict[str, Any]


def files() -> Iterator[Data]:
    """Read the shops' files, in the order of their names."""
    for path in sorted((HERE / "data").glob("*.json")):
        yield json.loads(path.read_text())


@transaction.atomic
def open_filled(data: Data, *, now: datetime) -> Shop:
    """Open a shop with its goods, pages, people, hours and looks: all or nothing.

    Raises:
        provisioning.SubdomainTaken: it is open already.
    """
    shop = provisioning.open_shop(application=_application(data), now=now)
    with context.inside(shop):
        for person in staff_of(data):
            people.save(person)
        for person in customers_of(data):
            people.save(person)
        loading.create_products(_rows(data), now=now)
        _describe_categories(data["categories"])
        _set_hours(data)
        pictures = PictureImport()
        _set_profile(data, pictures)
        pages.write(data["pages"], pictures=pictures, root=HERE, now=now)
        profile_services.publish(now=now)
    return shop


def _application(data: Data) -> provisioning.Application:
    return provisioning.Application(
        name=data["name"],
        subdomain=data["subdomain"],
        time_zone=data["timezone"],
        currency=data["currency"],
        language=data["locale"],
        order_prefix=data["order_prefix"],
        owner_email=data["owner"]["email"],
        owner_name=data["owner"]["name"],
    )


def staff_of(data: Data) -> list[Person]:
    """Return the owner and those who work there."""
    owner = Person(**data["owner"], role="owner")
    return [owner, *(Person(**member) for member in data["staff"])]


def customers_of(data: Data) -> list[Person]:
    """Return the customers, in the order the file's orders number them."""
    return [Person(**customer) for customer in data["customers"]]


def _rows(data: Data) -> Iterator[ProductRow]:
    for priority, item in enumerate(reversed(data["products"])):
        yield replace(_row(item), priority=priority)


def _row(item: Data) -> ProductRow:
    picture = HERE / "pictures" / item["picture"] if item["picture"] else None
    return ProductRow(
        sku=item["sku"],
        title=item["title"],
        price=Decimal(item["price"]),
        category=tuple(item["category"].split(LEVELS)),
        brand=item["brand"],
        gtin=item["ean"],
        pack_amount=Decimal(item["pack"]["amount"]),
        pack_unit=item["pack"]["unit"],
        description=item["description"],
        ingredients=item["ingredients"],
        allergens=item["allergens"],
        may_contain=item["may_contain"],
        origin=item["origin"],
        storage=item["storage"],
        diets=item["diet"],
        picture=picture,
        stock=item["stock"],
        low_stock=item["low_stock"],
        tax_rate=Decimal(item["tax_rate"]),
    )


def _describe_categories(categories: list[Data]) -> None:
    """Give the categories their words, and the order they have in the file."""
    for entry in categories:
        category = Category.objects.get(depth=1, name=entry["name"])
        # The last of its siblings, one after the other: the order of the file.
        category.move(Category.get_last_root_node(), "right")
        category.refresh_from_db()
        _describe(category, entry)
        for below in entry["children"]:
            child = category.get_children().filter(name=below["name"]).first()
            if child is not None:
                _describe(child, below)


def _describe(category: Category, entry: Data) -> None:
    category.description = entry.get("description", "")
    category.save()


def _set_hours(data: Data) -> None:
    rules = data["pickup"]
    windows = (
        f"{each['days']} {each['from']}-{each['to']}" for each in rules["windows"]
    )
    numbers = ("slot_minutes", "capacity", "lead_minutes", "cutoff_minutes")
    PickupSettings.objects.update(
        opening_hours=data["hours"],
        hours_note=data["hours_note"],
        pickup_windows="; ".join(windows),
        place=rules["place"],
        what_to_bring=rules["bring"],
        horizon_days=rules["horizon_days"],
        **{name: rules[name] for name in numbers},
    )


def _set_profile(data: Data, pictures: PictureImport) -> None:
    profile, theme, address = ShopProfile.load(), data["theme"], data["address"]
    profile.tagline = data["tagline"]
    for name in ("street", "city", "postcode", "country"):
        setattr(profile, name, address[name])
    profile.latitude = Decimal(str(address["latitude"]))
    profile.longitude = Decimal(str(address["longitude"]))
    profile.phone, profile.email = data["phone"], data["email"]
    for name in ("brand", "accent", "paper", "ink"):
        setattr(profile, f"{name}_colour", theme[name])
    for name in ("type_pair", "header", "radius"):
        setattr(profile, name, theme[name])
    profile.logo = pictures.image_of(HERE / theme["logo"])
    hero = data["pages"]["home"]["blocks"][0]
    profile.picture = pictures.image_of(HERE / hero["image"])
    profile.full_clean()
    profile.save()
