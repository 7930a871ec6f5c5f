"""A listing as its address describes it: which goods, in which order, which page.

Whatever an address says that means nothing here is passed over: links get old,
and people shorten them by hand.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Count, F, OrderBy, Subquery, Value, Window
from django.http import QueryDict
from django.template.loader import get_template
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from storefront.browse import drawings
from storefront.browse.statements import Statement, blank
from storefront.cards import folding
from storefront.cards.models import CardQuerySet, ProductCard
from storefront.frame import Frame
from storefront.oscar_apps.catalogue.models import Allergen, Diet
from tenants import context
from ui import pages

PAGE_SIZE = 24
#: Past this PostgreSQL counts through more rows than any shop has.
LAST_PAGE = 100_000

_ORDERS: dict[str, tuple[str | OrderBy, ...]] = {
    "price": ("is_out", "price", "title", "product_id"),
    "unit-price": ("is_out", F("unit_price").asc(nulls_last=True), "price", "title"),
    "name": ("title", "product_id"),
}


class ListingForm(forms.Form):
    """The filters and the order; what does not validate counts as not said."""

    sort = forms.ChoiceField(
        label=_("Sort by"),
        required=False,
        choices=[
            ("", _("Best match")),
            ("price", _("Price")),
            ("unit-price", _("Price per kilo or litre")),
            ("name", _("Name")),
        ],
    )
    in_stock = forms.BooleanField(label=_("In stock"), required=False)
    diet = forms.MultipleChoiceField(
        label=_("Diet"),
        required=False,
        choices=Diet.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    free_of = forms.MultipleChoiceField(
        label=_("Declared free of"),
        help_text=_("Shows only goods whose maker or shop declared it."),
        required=False,
        choices=Allergen.choices,
        widget=forms.CheckboxSelectMultiple,
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """Which goods a page shows, and of how many (None: the page is empty)."""

    product_ids: tuple[int, ...]
    total: int | None


@dataclass
class Listing:
    """One page of a listing, with the links around it."""

    around: Frame
    source: Callable[[], CardQuerySet]
    query: QueryDict
    path: str
    kept: dict[str, str] = field(default_factory=dict)  # what every link repeats
    #: Folded; where there are any, the source gives what matches them.
    words: tuple[str, ...] = ()
    _read: Mapping[int, ProductCard] = field(default_factory=dict)

    @cached_property
    def form(self) -> ListingForm:
        form = ListingForm(self.query)
        form.is_valid()
        return form

    @cached_property
    def chosen(self) -> dict[str, Any]:
        if not self.query.keys() & ListingForm.base_fields.keys():
            return {}  # most often; the form would take as long as the goods
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    @property
    def filters(self) -> SafeString:
        """The fields of the form, filled in as they were understood."""
        return _draw_filters(_frozen(self.chosen), translation.get_language())

    @property
    def is_filtered(self) -> bool:
        return bool(self.chosen.keys() - {"sort"})

    @cached_property
    def number(self) -> int:
        """Return the page asked for; the first where that is no number."""
        asked = self.query.get("page", "")
        if not (asked.isascii() and asked.isdigit()):
            return 1
        return min(max(int(asked[:9]), 1), LAST_PAGE)

    @cached_property
    def goods(self) -> SafeString:
        """The page's cards, side by side."""
        ids = self._shown.product_ids
        return drawings.of(ids, around=self.around, read=self._read)

    @cached_property
    def total(self) -> int:
        found = self._shown.total
        if found is None:
            found = self._filtered().count() if self.number > 1 else 0
        if self._is_whole:
            self._totals[self.path] = found
        return found

    @cached_property
    def _shown(self) -> Shown:
        if not self._is_whole:
            return self._matching() if self.words else self._asked()
        page = self.path, self.number
        shown: Shown | None = self.around.known("listed", page)
        if shown is None:
            shown = self._asked()
            if shown.product_ids:  # people ask for any page
                self.around.keep("listed", page, shown)
        return shown

    @property
    def _totals(self) -> dict[str, int]:
        """How many goods there are by path, as was found for this edition."""
        found: dict[str, int] | None = self.around.once("totals", "", dict)
        return {} if found is None else found

    @property
    def _is_whole(self) -> bool:
        """Whether its path alone says what is in it."""
        return not (self.kept or self.chosen)

    def _asked(self) -> Shown:
        """Read the page's cards; each knows the total if nobody did before."""
        found = _sorted(self._filtered(), self.chosen)
        total = self._totals.get(self.path) if self._is_whole else None
        if total is None:
            # All rows of a search are read and ranked anyway.
            count = Window(Count("pk")) if self.kept else _count_of(found)
            found = found.annotate(total=count)
        cards = list(found.defer("search", "search_text")[_places(self.number)])
        self._read = {card.pk: card for card in cards}
        if cards and total is None:
            total = cards[0].total  # type: ignore[attr-defined]  # annotated
        return Shown(tuple(self._read), total)

    def _matching(self) -> Shown:
        """Ask which goods match: by words anybody may type, so each time anew."""
        language = context.current_shop().language
        statement = _matching_statement(
            len(self.words),
            folding.dictionary_of(language),
            _frozen(self.chosen),
            self.number,
        )
        blanks = map(blank, range(len(self.words)))
        rows = statement.rows(dict(zip(blanks, self.words, strict=True)))
        return Shown(tuple([pk for pk, _total in rows]), rows[0][1] if rows else None)

    @property
    def last_number(self) -> int:
        return max(-(-self.total // PAGE_SIZE), 1)

    @property
    def is_past_the_end(self) -> bool:
        return self.number > self.last_number

    @property
    def links(self) -> list[pages.PageLink | None]:
        return pages.links(
            current=self.number, total=self.last_number, url_of=self.url_of
        )

    @property
    def previous_url(self) -> str:
        return self.url_of(self.number - 1) if self.number > 1 else ""

    @property
    def next_url(self) -> str:
        return self.url_of(self.number + 1) if self.number < self.last_number else ""

    @property
    def plain_url(self) -> str:
        """The listing without filters."""
        return f"{self.path}?{urlencode(self.kept)}" if self.kept else self.path

    def url_of(self, number: int) -> str:
        """Return the address of another page of the same listing."""
        said = self.kept | self.chosen | ({"page": number} if number > 1 else {})
        if "in_stock" in said:
            said["in_stock"] = "on"
        return f"{self.path}?{urlencode(said, doseq=True)}" if said else self.path

    def _filtered(self) -> CardQuerySet:
        return _filtered(self.source(), self.chosen)


def _filtered(found: CardQuerySet, chosen: Mapping[str, Any]) -> CardQuerySet:
    if chosen.get("in_stock"):
        found = found.in_stock()
    for diet in chosen.get("diet", []):
        found = found.for_diet(diet)
    if chosen.get("free_of"):
        found = found.declared_free_of(list(chosen["free_of"]))
    return found


def _sorted(found: CardQuerySet, chosen: Mapping[str, Any]) -> CardQuerySet:
    sort = chosen.get("sort")
    return found.order_by(*_ORDERS[sort]) if sort else found


def _places(number: int) -> slice:
    first = (number - 1) * PAGE_SIZE
    return slice(first, first + PAGE_SIZE)


def _frozen(chosen: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Return a choice as a key."""
    pairs = sorted(chosen.items())
    return tuple((n, tuple(v) if isinstance(v, list) else v) for n, v in pairs)


@functools.lru_cache(maxsize=256)
def _matching_statement(
    count: int, _dictionary: str, chosen: tuple[tuple[str, Any], ...], number: int
) -> Statement:
    """Return what asks for the goods that match so many words, and their number.

    The dictionary is that of the shop in force, from which the query takes it.
    """
    text = " ".join(map(blank, range(count)))
    found = _filtered(ProductCard.objects.matching(text), dict(chosen))
    counted = _sorted(found, dict(chosen)).annotate(total=Window(Count("pk")))
    return Statement(counted.values_list("pk", "total")[_places(number)])


@functools.lru_cache(maxsize=256)
def _draw_filters(
    chosen: tuple[tuple[str, Any], ...], _language: str | None
) -> SafeString:
    """Return the HTML of twenty-odd fields, which takes longer than the goods'."""
    values = dict(chosen)
    form = ListingForm(values, auto_id="listing_%s")
    context = {"form": form, "chosen": values}
    return SafeString(get_template("browse/_filters.html").render(context))


def _count_of(found: CardQuerySet) -> Subquery:
    """Count beside the page, without sorting all of the rows for one window."""
    grouped = found.order_by().annotate(every=Value(1)).values("every")
    return Subquery(grouped.annotate(number=Count("pk")).values("number"))
