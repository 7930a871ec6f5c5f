"""Keeping cards true to what they show."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.utils import translation

from storefront.cards import sources
from storefront.cards.models import ProductCard
from storefront.oscar_apps.catalogue.models import Product
from tenants import context

#: Bounds what one transaction locks and one statement writes.
_AT_ONCE = 500

_KEY = "product"
_WRITTEN = [
    field.name
    for field in ProductCard._meta.concrete_fields
    if field.name not in {_KEY, "is_out"}
]
_collected: ContextVar[set[int] | None] = ContextVar("collected", default=None)


def rebuild(product_ids: Iterable[int], *, now: datetime) -> int:
    """Write the cards of these products anew, in the caller's transaction if any.

    Products that cannot be listed lose their card. Every rebuild of a product
    waits for the one before it, so that the last one sees all there is.

    Returns:
        How many cards were written.
    """
    written = 0
    with translation.override(context.current_shop().language):
        for ids in _portions(product_ids):
            with transaction.atomic():
                written += _rebuild_locked(ids, now=now)
    return written


def _portions(product_ids: Iterable[int]) -> Iterator[list[int]]:
    """Return the ids in order, so that two who lock many do not lock crosswise."""
    rest = iter(sorted(set(product_ids)))
    while portion := list(islice(rest, _AT_ONCE)):
        yield portion


def _rebuild_locked(product_ids: Sequence[int], *, now: datetime) -> int:
    _lock(product_ids)
    cards = sources.cards_of(product_ids, now=now)
    kept = {card.product_id for card in cards}
    ProductCard.objects.filter(pk__in=set(product_ids) - kept).delete()
    ProductCard.objects.bulk_create(
        cards, update_conflicts=True, unique_fields=[_KEY], update_fields=_WRITTEN
    )
    return len(cards)


def refresh_stock(product_ids: Iterable[int], *, now: datetime) -> int:
    """Write the stock state of these products' cards, where it changed.

    Returns:
        How many cards changed.
    """
    ids = sorted(set(product_ids))
    with transaction.atomic():
        _lock(ids)
        stock = sources.stock_of(ids)
        changed = []
        for card in ProductCard.objects.filter(pk__in=ids).defer("search"):
            found = stock.get(card.pk)
            if found is None:
                continue
            state = found.state, found.shown_left
            if state != (card.stock_state, card.stock_left):
                card.stock_state, card.stock_left = state
                card.updated_at = now
                changed.append(card)
        ProductCard.objects.bulk_update(
            changed, ["stock_state", "stock_left", "updated_at"]
        )
    return len(changed)


def _lock(product_ids: Collection[int]) -> None:
    """Make writers of the same cards follow one another.

    Each reads its sources in statements of their own after it has the lock, so it
    sees what the one before committed. Orders, which refer to products by foreign
    key, do not wait for this kind of lock.
    """
    rows = Product.objects.filter(pk__in=product_ids).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))


@contextmanager
def collecting(*, now: datetime) -> Iterator[None]:
    """Rebuild what a block touches once, at its end, in one transaction with it."""
    if _collected.get() is not None:
        yield
        return
    touched: set[int] = set()
    with transaction.atomic():
        token = _collected.set(touched)
        try:
            yield
        finally:
            _collected.reset(token)
        rebuild(touched, now=now)


def touch(product_ids: Iterable[int], *, now: datetime) -> None:
    """Rebuild the cards of these products, or have `collecting` do it."""
    touched = _collected.get()
    if touched is None:
        rebuild(product_ids, now=now)
    else:
        touched.update(product_ids)
