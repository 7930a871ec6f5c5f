"""`python -m benchmarks.oscar.fill [FILE]`: tables, and goods from a file of rows."""

import json
import sys
from decimal import Decimal
from pathlib import Path

import django

django.setup()

from django.core.files import File  # noqa: E402
from django.core.management import call_command  # noqa: E402
from oscar.apps.address.models import Country  # noqa: E402
from oscar.apps.catalogue.categories import create_from_breadcrumbs  # noqa: E402
from oscar.apps.catalogue.models import (  # noqa: E402
    Product,
    ProductCategory,
    ProductClass,
    ProductImage,
)
from oscar.apps.partner.models import Partner, StockRecord  # noqa: E402


def fill(rows: list[dict[str, str]]) -> None:
    """Put the rows on the shelves with Oscar's own models."""
    Country.objects.create(
        iso_3166_1_a2="IE",
        printable_name="Ireland",
        name="Ireland",
        is_shipping_country=True,
    )
    kind = ProductClass.objects.create(name="Groceries", track_stock=True)
    partner = Partner.objects.create(name="The shop")
    pictures: dict[str, str] = {}
    for row in rows:
        product = Product.objects.create(
            product_class=kind,
            title=row["title"],
            description=row["description"],
            upc=row["sku"],
        )
        StockRecord.objects.create(
            product=product,
            partner=partner,
            partner_sku=row["sku"],
            price=Decimal(row["price"]),
            num_in_stock=row["stock"],
        )
        category = create_from_breadcrumbs(row["category"])
        ProductCategory.objects.create(product=product, category=category)
        if row["picture"]:
            _give_picture(product, Path(row["picture"]), pictures)


def _give_picture(product: Product, path: Path, stored: dict[str, str]) -> None:
    """Give a product its picture; one file serves all that look alike."""
    image = ProductImage(product=product)
    if str(path) in stored:
        image.original.name = stored[str(path)]
    else:
        with path.open("rb") as file:
            image.original.save(path.name, File(file), save=False)
        stored[str(path)] = image.original.name
    image.save()


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    for argument in sys.argv[1:]:
        fill(json.loads(Path(argument).read_text()))
        call_command("update_index", verbosity=0)
