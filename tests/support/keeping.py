"""Pages kept as in production, for tests of what is kept and for how long."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from factories import selling

from hub.views import directory
from kernel import clock
from storefront import frame
from storefront.browse import drawings
from tenants.editions import current, store
from tenants.editions.parts import LatestParts

KEPT = "public, max-age=0, s-maxage=1, must-revalidate"
#: Open, and far from closing.
NOW = selling.NOW


@contextmanager
def as_in_production(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep pages and their parts; nothing is left of the test before."""
    settings.QUICKCART_EDITIONS = True
    settings.QUICKCART_PAGE_CACHE = True
    monkeypatch.setattr(clock, "now", lambda: NOW)
    # Names of editions that were never committed come again in the next test.
    monkeypatch.setattr(frame, "_frames", LatestParts(most=10))
    monkeypatch.setattr(frame, "_parts", LatestParts(most=100))
    monkeypatch.setattr(drawings, "_drawings", LatestParts(most=100))
    monkeypatch.setattr(directory, "_listed", LatestParts(most=10))
    forget_pages()
    current.forget()
    yield
    forget_pages()


def forget_pages() -> None:
    """Forget whole pages, here and in Valkey."""
    store.memory.clear()
    cache.clear()


def commit() -> None:
    """Do what a commit would: begin the edition that changes have asked for."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def a_visitor(host: str = "alder.localhost", **headers: str) -> Client:
    return Client(headers={"host": host, **headers})


def was_kept(response: Any) -> bool:
    return bool(response.headers.get("Cache-Control") == KEPT)
