"""Choosers whose value is the id of what was chosen.

Wagtail's choosers fetch their object when the page is read: a query for each kind
of block. Ours keep the id, and the page fetches what all its blocks ask for at
once (`storefront.pages.supplies`).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.db.models import Model
from django.utils.functional import cached_property
from wagtail import blocks
from wagtail.admin.compare import BlockComparison
from wagtail.images.blocks import ImageChooserBlock

from storefront.oscar_apps.catalogue.models import Category
from storefront.pages.choosers import ProductChooserWidget


class KeepsIdMixin:
    """Make the value of a ChooserBlock an id instead of an object."""

    model_class: type[Model]

    def to_python(self, value: Any) -> int | None:
        return _as_id(value)

    def bulk_to_python(self, values: Iterable[Any]) -> list[int | None]:
        return [_as_id(value) for value in values]

    def get_prep_value(self, value: Any) -> int | None:
        return _as_id(value)

    def value_from_form(self, value: Any) -> int | None:
        return _as_id(value)

    def extract_references(
        self, value: Any
    ) -> Iterator[tuple[type[Model], str, str, str]]:
        if value is not None:
            yield self.model_class, str(value), "", ""

    def get_comparison_class(self) -> type[BlockComparison]:
        plain: type[BlockComparison] = blocks.CharBlock().get_comparison_class()
        return plain


class PictureChooserBlock(KeepsIdMixin, ImageChooserBlock):
    pass


class ProductChooserBlock(KeepsIdMixin, blocks.ChooserBlock):
    target_model = "catalogue.Product"

    widget = ProductChooserWidget()

    class Meta:
        icon = "tag"


class CategoryField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not at run time
    """The tree of categories as a list, deeper ones indented."""

    def label_from_instance(self, obj: Category) -> str:
        indent: str = "\u2003" * (obj.depth - 1)
        return f"{indent}{obj.name}"


class CategoryChooserBlock(KeepsIdMixin, blocks.ChooserBlock):
    target_model = "catalogue.Category"
    widget = forms.Select()

    @cached_property
    def field(self) -> CategoryField:
        return CategoryField(
            queryset=Category.objects.order_by("path"),
            required=self._required,
            help_text=self._help_text,
        )

    def get_form_state(self, value: Any) -> list[str]:
        return self.widget.format_value(_as_id(value))

    class Meta:
        icon = "list-ul"


def _as_id(value: Any) -> int | None:
    """Return the id of a form's text, an object or an id; None for anything else."""
    if isinstance(value, Model):
        value = value.pk
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
