"""The demo's goods, as many as a benchmark wants, for both shops the same."""

import itertools
import json
from pathlib import Path
from typing import Any

from quickcart.demo import shops

#: Nothing is to run out while purchases are counted.
PLENTY = 900_000

Data = dict[str, Any]


def market(*, products: int, subdomain: str = "market") -> Data:
    """Return a demo shop's file with so many products and room for everybody.

    The demo's own come first, then they come again under other names.
    """
    data = next(shops.files())
    data |= {"subdomain": subdomain, "order_prefix": "MK"}
    data["products"] = list(itertools.islice(_again(data["products"]), products))
    data["pickup"] = {**data["pickup"], "capacity": 1000}
    return data


def _again(products: list[Data]) -> Any:
    plenty = {"stock": PLENTY}
    yield from ({**item, **plenty} for item in products)
    for turn in itertools.count(2):
        for item in products:
            names = {"sku": f"{item['sku']}-{turn}", "ean": ""}
            yield {**item, **names, **plenty, "title": f"{item['title']} no. {turn}"}


def write(data: Data, *, to: Path) -> None:
    """Write what a stock Oscar can hold of it."""
    rows = [
        {
            "sku": item["sku"],
            "title": item["title"],
            "price": item["price"],
            "category": item["category"],
            "description": item["description"],
            "stock": item["stock"],
            "picture": str(shops.HERE / "pictures" / item["picture"])
            if item["picture"]
            else "",
        }
        for item in data["products"]
    ]
    to.write_text(json.dumps(rows))
