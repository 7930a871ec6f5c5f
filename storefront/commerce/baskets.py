"""Filling a basket, and bringing two together.

Each change locks the basket's row first, as placing an order does: what is being
ordered does not change meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from kernel.prepared import Parameter, Prepared
from kernel.refusal import Refusal
from storefront.commerce import pricing
from storefront.oscar_apps.basket.models import MAX_QUANTITY, Basket, Line
from storefront.oscar_apps.partner.models import StockRecord
from storefront.oscar_apps.partner.strategy import Shelf
from tenants import context

#: Nobody packs more different goods for one customer.
MAX_LINES = 100

# A guest's basket is saved with its first line.
WRITE_LINE = """
WITH first AS (
    INSERT INTO basket_basket (status, date_created)
    SELECT %(open)s, %(date_created)s WHERE %(basket_id)s::bigint IS NULL
    RETURNING id
)
INSERT INTO basket_line (
    basket_id, line_reference, product_id, stockrecord_id, quantity,
    price_currency, price_excl_tax, price_incl_tax, date_created, date_updated
)
SELECT coalesce(%(basket_id)s, (SELECT id FROM first)), %(line_reference)s,
    %(product_id)s, %(stockrecord_id)s, %(quantity)s, %(price_currency)s,
    %(price_excl_tax)s, %(price_incl_tax)s, %(date_created)s, %(date_updated)s
RETURNING basket_id, id
"""

_LOCKED = Prepared(
    lambda: (
        Basket.objects.select_for_update(no_key=True)
        .filter(pk=Parameter("basket"))
        .values_list("status")
    )
)
_RECORD = Prepared[StockRecord](
    lambda: (
        StockRecord.objects.filter(product_id=Parameter("product"))
        .select_related("product__product_class", "product__parent__product_class")
        .order_by("pk")
    )
)


class NotForSale(Refusal):
    """The shop does not sell that, or no more."""

    code = "not_for_sale"
    sentence = _("That is not for sale here any more.")
    status = 404


class SoldOut(Refusal):
    """Nothing of it is left."""

    code = "sold_out"
    sentence = _("%(title)s is sold out.")


class BasketFull(Refusal):
    """No basket holds so many different goods."""

    code = "basket_full"
    sentence = _("A basket holds up to %(most)d different things. Order these first.")


class BasketClosed(Refusal):
    """The basket has been ordered meanwhile."""

    code = "basket_closed"
    sentence = _("This basket has been ordered already.")


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a wish to have so many of a product."""

    product_id: int
    title: str
    before: int
    quantity: int
    wanted: int
    left: int | None  # None where nobody counts

    @property
    def is_capped(self) -> bool:
        """Say whether less was put in than wanted."""
        return self.quantity < self.wanted

    @property
    def most(self) -> int:
        """Return the quantity beyond which nothing can be put in."""
        return _most(self.left)


@dataclass(frozen=True, slots=True)
class Merged:
    """A visitor's basket after signing in; `count` things came along."""

    basket: Basket
    count: int
    is_capped: bool


def add(*, basket: Basket, product_id: int, quantity: int, user: User | None) -> Change:
    """Put so many more of a product into a basket, as far as there are.

    Raises:
        NotForSale, SoldOut, BasketFull, BasketClosed.
    """
    with transaction.atomic():
        line = _opened(basket, product_id=product_id, user=user)
        before = line.quantity if line else 0
        return _set(
            basket, line, product_id=product_id, quantity=before + max(0, quantity)
        )


def set_quantity(
    *, basket: Basket, product_id: int, quantity: int, user: User | None
) -> Change:
    """Have exactly so many of a product in a basket, as far as there are; 0 is none.

    Raises:
        NotForSale, SoldOut, BasketFull, BasketClosed.
    """
    with transaction.atomic():
        line = _opened(basket, product_id=product_id, user=user)
        return _set(basket, line, product_id=product_id, quantity=max(0, quantity))


def trim(*, basket: Basket, quantities: Mapping[int, int]) -> None:
    """Lower a basket's quantities to those the customer agreed to; raise none.

    Raises:
        BasketClosed.
    """
    with transaction.atomic():
        _lock(basket)
        for line in basket.all_lines():
            quantity = quantities.get(line.product_id, 0)
            if quantity < line.quantity:
                _write(basket, line, quantity=quantity)


def merge(*, guest: Basket, user: User, now: datetime) -> Merged:
    """Bring the basket of before the sign-in together with the customer's own.

    Quantities add up, as far as there are. Where the customer's own is empty, or is
    being ordered in another window, the guest's is taken over as it is, and with it
    the seat it holds.
    """
    own = Basket.open.get_or_create(owner=user)[0]
    with transaction.atomic():
        locked = Basket.objects.select_for_update(no_key=True).order_by("pk")
        rows = {row.pk: row for row in locked.filter(pk__in=[guest.pk, own.pk])}
        source, target = rows.get(guest.pk), rows[own.pk]
        if source is None or source.owner_id or source.status != Basket.OPEN:
            return Merged(target, 0, is_capped=False)
        is_ordered = target.status != Basket.OPEN
        if is_ordered or not target.lines.exists():
            if not is_ordered:
                _retire(target, now=now)
            source.owner = user
            source.save(update_fields=["owner"])
            return Merged(source, 0, is_capped=False)
        merged = _pour(source, into=target)
        _retire(source, now=now)
    return merged


def _opened(basket: Basket, *, product_id: int, user: User | None) -> Line | None:
    """Lock a basket that is saved; return its line of a product, if there is one."""
    if basket.pk is None and user is None:
        return None  # it is saved with its first line
    if basket.pk is None:
        _become_own(basket, user=user)
    _lock(basket)
    for line in basket.all_lines():
        if line.product_id == product_id:
            return line
    return None


def _lock(basket: Basket) -> None:
    """Lock a basket's row, and forget what was read before.

    Raises:
        BasketClosed: it is open no more.
    """
    basket.reset_offer_applications()
    if _LOCKED(basket=basket.pk) != [(Basket.OPEN,)]:
        raise BasketClosed


def _become_own(basket: Basket, *, user: User | None) -> None:
    """Save a customer's basket, or be the one opened at the same time elsewhere."""
    kept, _is_new = Basket.open.get_or_create(owner=user)
    basket.pk, basket.owner, basket.date_created = kept.pk, user, kept.date_created
    basket._state.adding = False  # noqa: SLF001 (it is that row now)


def _set(
    basket: Basket, line: Line | None, *, product_id: int, quantity: int
) -> Change:
    if line is None and not quantity:
        return Change(product_id, "", before=0, quantity=0, wanted=0, left=None)
    before = line.quantity if line else 0
    line = line or _new_line(basket, product_id=product_id)
    title, left = str(line.product.get_title()), _left(line)
    given = quantity  # fewer can always be wanted, even where it is still too many
    if quantity > before:
        if left == 0:
            raise SoldOut(title=title)
        given = max(before, min(quantity, _most(left)))
    _write(basket, line, quantity=given)
    return Change(product_id, title, before, given, wanted=quantity, left=left)


def _new_line(basket: Basket, *, product_id: int) -> Line:
    """Return an unsaved line of a product that is for sale."""
    record = _RECORD.first(product=product_id)
    if record is None:
        raise NotForSale
    line = Line(basket=basket, product=record.product, stockrecord=record)
    currency = context.current_shop().currency
    if not pricing.is_for_sale(line.product, line.purchase_info, currency=currency):
        raise NotForSale
    return line


def _left(line: Line) -> int | None:
    currency = context.current_shop().currency
    return pricing.left_of(line.product, line.purchase_info, currency=currency)


def _most(left: int | None) -> int:
    return MAX_QUANTITY if left is None else min(left, MAX_QUANTITY)


def _write(basket: Basket, line: Line, *, quantity: int) -> None:
    """Give a line its quantity; save it if it is new, delete it if there is none.

    The basket goes on knowing its lines: they were read behind its lock.
    """
    lines = basket.all_lines()
    if line.pk is None:
        _append(basket, line, quantity=quantity)
        lines = [*lines, line]
    elif not quantity:
        line.delete()
        lines = [each for each in lines if each is not line]
    elif quantity != line.quantity:
        line.quantity = quantity
        line.save(update_fields=["quantity", "date_updated"])
    basket.know(lines)


def _append(basket: Basket, line: Line, *, quantity: int) -> None:
    if basket.num_lines >= MAX_LINES:
        raise BasketFull(most=MAX_LINES)
    price = line.purchase_info.price
    line.line_reference = f"{line.product_id}_{line.stockrecord_id}"
    line.quantity = quantity
    line.price_currency = price.currency
    line.price_excl_tax, line.price_incl_tax = price.excl_tax, price.incl_tax
    for name in ("date_created", "date_updated"):
        line._meta.get_field(name).pre_save(line, add=True)
    with connection.cursor() as cursor:
        cursor.execute(WRITE_LINE, vars(line) | {"open": Basket.OPEN})
        line.basket_id, line.pk = cursor.fetchone()
    if basket.pk is None:
        basket.pk, basket.date_created = line.basket_id, line.date_created
    for one in (basket, line):
        one._state.adding = False  # noqa: SLF001 (it is a row now)
        one._state.db = connection.alias  # noqa: SLF001


def _pour(source: Basket, *, into: Basket) -> Merged:
    """Add every line of one locked basket to another."""
    source.strategy = into.strategy = Shelf()  # type: ignore[no-untyped-call]  # a fork
    present = {line.product_id: line for line in into.all_lines()}
    count, is_capped = 0, False
    for line in list(source.all_lines()):
        mine = present.get(line.product_id)
        if mine is None:
            line.basket = into
            line.save(update_fields=["basket"])
            count += line.quantity
            continue
        most = _most(_left(line))
        total = max(mine.quantity, min(mine.quantity + line.quantity, most))
        is_capped |= total < mine.quantity + line.quantity
        count += total - mine.quantity
        Line.objects.filter(pk=mine.pk).update(quantity=total)
    into.reset_offer_applications()
    return Merged(into, count, is_capped=is_capped)


def _retire(basket: Basket, *, now: datetime) -> None:
    Basket.objects.filter(pk=basket.pk).update(status=Basket.MERGED, date_merged=now)


def clear_abandoned(*, before: datetime) -> int:
    """Delete open baskets of guests made before a moment, and the seats they held.

    Returns:
        How many baskets went.
    """
    abandoned = Basket.open.filter(owner=None, date_created__lt=before)
    with transaction.atomic():
        _total, by_model = abandoned.delete()
    return int(by_model.get(Basket._meta.label, 0))
