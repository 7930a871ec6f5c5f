"""Every address the software answers, read from its URL patterns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

if TYPE_CHECKING:
    from support.ground import Filled

SHOP, HUB = "quickcart.urls.shop", "quickcart.urls.hub"

SAFE = "/%"
#: The front page, and the pattern that takes the path of any page of a shop.
FRONT, PAGES = "/", "/{_0}"


@dataclass(frozen=True)
class Address:
    """A pattern of addresses: `/orders/{reference}/`."""

    template: str
    #: Each placeholder's converter (`int`, `str` …), or `regex`.
    blanks: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template

    def filled(self, values: Mapping[str, object]) -> str:
        """Return the path with values in its blanks, percent-encoded once."""
        encoded = {
            name: quote(str(values[name]).encode("utf-8", "surrogatepass"), safe=SAFE)
            for name in self.blanks
        }
        return self.template.format(**encoded)


def of(urlconf: str) -> list[Address]:
    """Return every pattern of a URL configuration, in its order; the front page too."""
    found = {address.template: address for address in _walk(get_resolver(urlconf), "")}
    # A shop's is one of its pages: the pattern that takes them all takes no path too.
    found.setdefault(FRONT, Address(FRONT))
    return list(found.values())


#: What stands before a key, and what of a filled shop the key is of.
KINDS = {
    "images/": "image",
    "documents/": "document",
    "closures/": "closure",
    "orders/": "order",
    "product": "product",
    "category/": "category",
    "users/": "customer",
    "sites/": "site",
    "groups/": "group",
    "collections/": "collection",
    "workflows/task": "task",
    "workflows/": "workflow",
    "/revisions/": "draft",
    "/pages/": "page",
    "settings/": "profile",
}


def values_of(filled: "Filled", address: Address) -> dict[str, object]:
    """Return what fits the blanks of an address, out of what a shop has."""
    kind = next((kind for part, kind in KINDS.items() if part in address.template), "")
    keys, token = filled.keys, filled.paths["invitation"].split("/")[-2]
    known: dict[str, object] = {
        "pk": keys.get(kind, 1),
        "image_id": keys["image"],
        "document_id": keys["document"],
        "doc_id": keys["document"],
        "page_id": keys["draft"],
        "parent_page_id": keys["home"],
        "page_to_move_id": keys["page"],
        "destination_id": keys["home"],
        "revision_id": keys["revision"],
        "revision_id_a": keys["revision"],
        "revision_id_b": "latest",
        "task_id": keys["task"],
        "collection_id": keys["collection"],
        "redirect_id": keys["redirect"],
        "object_id": str(keys["page"]),
        "_0": "about-us/" if address.template == PAGES else keys["document"],
        "_1": "leaflet.txt",
        "reference": filled.references[0],
        "subdomain": filled.shop.subdomain,
        "content_type_app_name": "pages",
        "content_type_model_name": "standardpage",
        "app_name": "profile",
        "model_name": "shopprofile" if kind == "profile" else "page",
        "app_label": "wagtailcore",
        "action": "publish",
        "action_name": "approve",
        "category_slug": "bakery/rolls",
        "product_slug": "bread",
        "path": "original_images/red.png",
        "filter_spec": "width-100",
        "uidb36": token.partition("-")[0],
        "key": token.partition("-")[2],
    }
    return {name: known.get(name, 1) for name in address.blanks}


def _walk(
    resolver: URLResolver, prefix: str, converters: Mapping[str, str] | None = None
) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        regex = prefix + entry.pattern.regex.pattern.removeprefix("^")
        known = {
            **(converters or {}),
            **{
                name: type(converter).__name__.removesuffix("Converter").lower()
                for name, converter in entry.pattern.converters.items()
            },
        }
        if isinstance(entry, URLResolver):
            yield from _walk(entry, regex, known)
        elif isinstance(entry, URLPattern):
            yield from _read(regex, known)


def _read(regex: str, converters: Mapping[str, str]) -> Iterator[Address]:
    for template, names in normalize(regex):
        path = template.replace("{", "{{").replace("}", "}}")
        path = path % {name: f"{{{name}}}" for name in names}
        blanks = {name: converters.get(name, "regex") for name in names}
        yield Address(f"/{path}", blanks)
