"""Pages of the shop in force, and what their editor posts."""

from typing import Any

from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from storefront.pages.models import HomePage, StandardPage

Block = tuple[str, Any]


def home() -> HomePage:
    return HomePage.objects.get()


def a_page(*blocks: Block, title: str = "About us", **fields: Any) -> StandardPage:
    """Return a published page below the front page."""
    page = StandardPage(title=title, body=list(blocks), **fields)
    home().add_child(instance=page)
    return page


def show_at_home(*blocks: Block) -> HomePage:
    """Put blocks onto the front page and publish it."""
    page = home()
    page.body = list(blocks)
    page.save()
    return page


def a_hero(heading: str = "Fresh today", **values: Any) -> Block:
    return (
        "hero",
        {
            "heading": heading,
            "text": "",
            "picture": None,
            "link_text": "",
            "link_category": None,
            "look": "brand",
            **values,
        },
    )


def a_shelf(*product_ids: int, heading: str = "This week") -> Block:
    values = {"heading": heading, "note": "", "products": list(product_ids)}
    return ("product_shelf", values)


def a_category_shelf(category_id: int, *, limit: int = 8) -> Block:
    values = {"heading": "", "category": category_id, "limit": limit}
    return ("category_shelf", values)


def a_form(title: str, *blocks: Block, slug: str = "", **more: Any) -> dict[str, Any]:
    """Return what the page editor posts."""
    data: dict[str, Any] = {
        "title": title,
        "slug": slug or title.lower().replace(" ", "-"),
        "seo_title": "",
        "search_description": "",
        "comments-TOTAL_FORMS": 0,
        "comments-INITIAL_FORMS": 0,
        "body": streamfield([_as_posted(block) for block in blocks]),
    }
    return {**nested_form_data(data), **more}


def _as_posted(block: Block) -> Block:
    name, value = block
    if name == "text":
        return name, rich_text(value)
    if isinstance(value, dict):
        posted = {key: "" if each is None else each for key, each in value.items()}
        if "products" in posted:
            posted["products"] = streamfield([("item", pk) for pk in value["products"]])
        return name, posted
    return name, value
