"""A listing as its address describes it: which goods, in which order, which page.

Whatever an address says that means nothing here is passed over: links get old,
and people shorten them by hand.
"""

import functools
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Count, F, OrderBy, Subquery, Value
from django.http import QueryDict
from django.template.loader import get_template
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from storefront.cards.models import CardQuerySet, ProductCard
from storefront.oscar_apps.catalogue.models import Allergen, Diet
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


@dataclass
class Listing:
    """Cards of one page of a listing, with the links around them."""

    source: CardQuerySet
    query: QueryDict
    path: str
    kept: dict[str, str] = field(default_factory=dict)  # what every link repeats
    #: How many goods there are by path, as was found for this edition before.
    totals: dict[str, int] = field(default_factory=dict)

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
        chosen = ((name, value) for name, value in sorted(self.chosen.items()))
        return _draw_filters(
            tuple((n, tuple(v) if isinstance(v, list) else v) for n, v in chosen),
            translation.get_language(),
        )

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
    def cards(self) -> list[ProductCard]:
        """The page's cards; each knows the `total` if nobody did before."""
        found = self._filtered()
        sort = self.chosen.get("sort")
        if sort:
            found = found.order_by(*_ORDERS[sort])
        first = (self.number - 1) * PAGE_SIZE
        if not self._is_counted:
            found = found.annotate(total=_count_of(found))
        return list(found.defer("search", "search_text")[first : first + PAGE_SIZE])

    @cached_property
    def total(self) -> int:
        if self._is_counted:
            return self.totals[self.path]
        total = 0
        if self.cards:
            total = self.cards[0].total  # type: ignore[attr-defined]  # annotated
        elif self.number > 1:
            total = self._filtered().count()
        if self._is_whole:
            self.totals[self.path] = total
        return total

    @cached_property
    def _is_counted(self) -> bool:
        return self._is_whole and self.path in self.totals

    @property
    def _is_whole(self) -> bool:
        """Whether its path alone says what is in it."""
        return not (self.kept or self.is_filtered)

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
        found = self.source
        if self.chosen.get("in_stock"):
            found = found.in_stock()
        for diet in self.chosen.get("diet", []):
            found = found.for_diet(diet)
        if self.chosen.get("free_of"):
            found = found.declared_free_of(self.chosen["free_of"])
        return found


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
