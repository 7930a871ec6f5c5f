"""The pages of a demo shop, from the words of its file to published blocks."""

from datetime import datetime
from pathlib import Path
from typing import Any

from storefront.oscar_apps.catalogue.models import Category
from storefront.oscar_apps.partner.models import StockRecord
from storefront.pages.models import HomePage, StandardPage
from storefront.products.images import PictureImport

Data = dict[str, Any]
LEVELS = " > "
TONES = {"warning": "warn"}


class Writer:
    """Turns blocks of the file into blocks of a page."""

    def __init__(self, *, pictures: PictureImport, root: Path) -> None:
        self.pictures, self.root = pictures, root
        self.products = dict(
            StockRecord.objects.values_list("partner_sku", "product_id")
        )

    def body(self, blocks: list[Data]) -> list[tuple[str, Any]]:
        """Return a page's body."""
        kinds = {
            "hero": self.hero,
            "notice": self.notice,
            "picture": self.picture,
            "text": lambda block: block["html"],
            "hours": lambda block: {"heading": block.get("heading", "Opening hours")},
            "category_shelf": self.category_shelf,
            "product_shelf": self.product_shelf,
        }
        return [(block["type"], kinds[block["type"]](block)) for block in blocks]

    def hero(self, block: Data) -> Data:
        return {
            "heading": block["heading"],
            "text": block["text"],
            "picture": self._picture(block["image"], alt=block["image_alt"]),
            "link_text": block["link_text"],
            "link_category": _category(block["link_category"]),
            "look": "brand",
        }

    def notice(self, block: Data) -> Data:
        tone = TONES.get(block["tone"], block["tone"])
        return {"text": block["text"], "title": block.get("title", ""), "tone": tone}

    def picture(self, block: Data) -> Data:
        return {
            "picture": self._picture(block["image"], alt=block["alt"]),
            "alt": block["alt"],
            "caption": block.get("caption", ""),
        }

    def category_shelf(self, block: Data) -> Data:
        return {
            "heading": block["heading"],
            "category": _category(block["category"]),
            "limit": 8,
        }

    def product_shelf(self, block: Data) -> Data:
        return {
            "heading": block["heading"],
            "note": block.get("note", ""),
            "products": [self.products[sku] for sku in block["skus"]],
        }

    def _picture(self, name: str, *, alt: str) -> int:
        image = self.pictures.image_of(self.root / name)
        if not image.alt_text:
            image.alt_text = alt
            image.save(update_fields=["alt_text"])
        return int(image.pk)


def write(data: Data, *, pictures: PictureImport, root: Path, now: datetime) -> None:
    """Fill the front page and publish the standard pages below it."""
    writer = Writer(pictures=pictures, root=root)
    home = HomePage.objects.get()
    home.title = data["home"]["title"]
    home.search_description = data["home"]["seo_description"]
    home.body = writer.body(data["home"]["blocks"])
    home.last_published_at = now
    home.save()
    home.save_revision().publish()
    for entry in data["standard"]:
        page = StandardPage(
            title=entry["title"],
            slug=entry["slug"],
            body=writer.body(entry["blocks"]),
            show_in_menus=True,
            first_published_at=now,
        )
        home.add_child(instance=page)
        page.save_revision().publish()


def _category(path: str) -> int:
    """Return the id of the category of a path of names like "Bread > Rye"."""
    found: Category | None = None
    for name in path.split(LEVELS):
        below = found.get_children() if found else Category.get_root_nodes()
        found = below.get(name=name)
    assert found is not None  # noqa: S101 (split gives one name at least)
    return int(found.pk)
