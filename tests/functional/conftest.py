"""Pages kept as in production, and something to show on them."""

from collections.abc import Iterator

import pytest
from factories import goods
from support.keeping import as_in_production


@pytest.fixture
def keeping(settings, monkeypatch) -> Iterator[None]:
    """Keep pages and their parts; nothing is left of the test before."""
    with as_in_production(settings, monkeypatch):
        yield


@pytest.fixture
def apples(shop):
    (apples,) = goods.some_goods(goods.a_row("Apples"))
    return apples
