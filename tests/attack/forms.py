"""The forms of a host's pages, by the address that takes each."""

import contextlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from attack import ground
from attack.ground import Hub
from django.http import HttpResponseBase
from django.urls import Resolver404, resolve
from support import crawler, hostile
from support.ground import PASSWORD, Filled

Fields = dict[str, str]

#: What fits where a form comes empty.
FITTING = {
    "login": "customer@alder.example",
    "email": "somebody@example.com",
    "oldpassword": PASSWORD,
    "password": PASSWORD,
    "password1": "rye-and-samphire-52",
    "password2": "rye-and-samphire-52",
}


class Forms:
    """What forms there are on one host."""

    def __init__(self, urlconf: str) -> None:
        self.urlconf = urlconf
        #: By route: what paths of it are posted to, with what fields.
        self._taken: dict[str, list[tuple[str, Fields]]] = defaultdict(list)

    def look(self, place: Filled | Hub, visits: Iterable[tuple[str, str]]) -> None:
        """Note the forms of the pages that roles find at some paths."""
        for role, path in visits:
            # What a page fails with, its own cases tell.
            with ground.undone(), contextlib.suppress(Exception):
                said = _page(ground.browser(place, role).get(path))
                self._note(said, path=path)

    def _note(self, said: str, *, path: str) -> None:
        for target, fields in hostile.forms_in(said, path=path):
            taken_at = urlsplit(urljoin(path, target)).path
            route = self.route(taken_at)
            if route and fields:
                self._taken[route].append((taken_at, _fitting(fields)))

    def route(self, path: str) -> str:
        """Return the pattern that a path is answered by, or ""."""
        try:
            return resolve(path, self.urlconf).route
        except Resolver404:
            return ""

    def of(self, path: str) -> list[Fields]:
        """Return one form of each shape that a path takes: its own where there is."""
        # What is put in last stays.
        taken = sorted(
            self._taken.get(self.route(path), []), key=lambda form: form[0] == path
        )
        return [*{_shape(fields): fields for _at, fields in taken}.values()]


def _shape(fields: Fields) -> object:
    """Return what forms have in common that differ in what they are about."""
    return frozenset(re.sub(r"\d+", "0", name) for name in fields)


def _fitting(fields: Fields) -> Fields:
    """Return a form with what fits in its empty fields: the rest of it is read then."""
    return {name: value or FITTING.get(name, "") for name, value in fields.items()}


def _page(response: HttpResponseBase) -> str:
    """Return what an answer says; of a window's answer the page in it."""
    said = crawler.read(response)
    if "json" not in response.headers.get("Content-Type", ""):
        return said
    body = json.loads(said.rpartition("\n")[2])
    return body.get("html") or "" if isinstance(body, dict) else ""
