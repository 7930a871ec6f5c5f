"""Every address the software answers, read from its URL patterns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

SAFE = "/%"


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
    """Return every pattern of a URL configuration, in its order."""
    found = {address.template: address for address in _walk(get_resolver(urlconf), "")}
    return list(found.values())


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
