"""The one form of a product, and the small one of a row of the list."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _
from wagtail.images.widgets import AdminImageChooser

from storefront.media.forms import PictureField
from storefront.media.models import ShopImage
from storefront.oscar_apps.catalogue.models import (
    Allergen,
    Category,
    Diet,
    PackUnit,
    Product,
    validate_gtin,
)
from storefront.oscar_apps.partner.models import StockRecord
from storefront.products import editing
from storefront.products.rows import (
    MAX_LEVELS,
    MAX_NAME,
    MAX_PACK,
    MAX_PRICE,
    MAX_STOCK,
)
from tenants import context

_NUMERIC = {"inputmode": "decimal", "autocomplete": "off"}
_WHOLE = {"inputmode": "numeric", "autocomplete": "off"}


class CategoryField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not at run time
    """The tree as a list, each name behind those above it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=Category.objects.order_by("path"), **options)
        self._names: dict[str, str] = {}

    def label_from_instance(self, category: Category) -> str:
        # The list is in the order of the tree: what is above came before.
        above = self._names.get(category.path[: -Category.steplen])
        name = f"{above} › {category.name}" if above else category.name
        self._names[category.path] = name
        return name


class PriceField(forms.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            min_value=Decimal(0),
            max_value=MAX_PRICE,
            max_digits=12,
            decimal_places=2,
            localize=False,
            widget=forms.TextInput(attrs=_NUMERIC),
            **options,
        )

    def to_python(self, value: Any) -> Any:
        """Read a comma as well: it is what half of Europe's keyboards offer."""
        if isinstance(value, str):
            value = value.replace(",", ".")
        return super().to_python(value)


class StockField(forms.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(
            min_value=0,
            max_value=MAX_STOCK,
            widget=forms.TextInput(attrs=_WHOLE),
            **options,
        )


class CountForm(forms.Form):
    """Price and stock in a row of the list, with what was seen of them."""

    price = PriceField(label=_("Price"))
    stock = StockField(label=_("In stock"))
    seen_price = forms.DecimalField(required=False, widget=forms.HiddenInput)
    seen_stock = forms.IntegerField(required=False, widget=forms.HiddenInput)


class ProductForm(forms.Form):
    """All of a product; services judge what takes looking at others."""

    DECLARED = (("", _("Not declared yet")), ("yes", _("Declared, as ticked below")))

    title = forms.CharField(label=_("Name"), max_length=255)
    brand = forms.CharField(label=_("Brand"), max_length=80, required=False)
    category = CategoryField(label=_("Category"), required=False, empty_label=_("None"))
    new_category = forms.CharField(
        label=_("or a new category"),
        help_text=_("A new one below another: Bakery > Bread"),
        max_length=500,
        required=False,
    )
    price = PriceField(label=_("Price, VAT included"))
    tax_rate = forms.DecimalField(
        label=_("VAT in percent"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        initial=Decimal(0),
        widget=forms.TextInput(attrs=_NUMERIC),
    )
    stock = StockField(label=_("In stock"))
    low_stock = StockField(
        label=_("Warn below"),
        help_text=_("Empty: at 5."),
        required=False,
    )
    pack_amount = forms.DecimalField(
        label=_("Pack size"),
        validators=[
            MinValueValidator(Decimal("0.001"), _("A pack holds more than nothing."))
        ],
        max_value=MAX_PACK,
        max_digits=9,
        decimal_places=3,
        required=False,
        widget=forms.TextInput(attrs=_NUMERIC),
    )
    pack_unit = forms.ChoiceField(
        label=_("Unit"), choices=[("", "–"), *PackUnit.choices], required=False
    )
    sku = forms.CharField(
        label=_("SKU"),
        help_text=_("Your own article number. Empty: one is made."),
        max_length=128,
        required=False,
    )
    gtin = forms.CharField(
        label=_("Barcode (GTIN)"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs=_WHOLE),
    )
    image = forms.ModelChoiceField(
        label=_("Picture from your library"),
        queryset=ShopImage.objects.all(),
        required=False,
        widget=AdminImageChooser,
    )
    upload = PictureField(label=_("or a new picture"), required=False)
    description = forms.CharField(
        label=_("Description"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    ingredients = forms.CharField(
        label=_("Ingredients"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    declared = forms.ChoiceField(
        label=_("Allergens"),
        help_text=_(
            "Declared and nothing ticked means: contains none of the 14. Customers "
            "with an allergy rely on it."
        ),
        choices=DECLARED,
        required=False,
        widget=forms.RadioSelect,
    )
    allergens = forms.MultipleChoiceField(
        label=_("Contains"),
        choices=Allergen.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    may_contain = forms.MultipleChoiceField(
        label=_("May contain traces of"),
        choices=Allergen.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    diets = forms.MultipleChoiceField(
        label=_("Suits"),
        choices=Diet.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    origin = forms.CharField(label=_("Origin"), max_length=80, required=False)
    storage = forms.CharField(label=_("How to keep it"), max_length=160, required=False)
    is_public = forms.BooleanField(
        label=_("Show it in the shop"), required=False, initial=True
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)
    seen_stock = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        currency = context.current_shop().currency
        self.fields["price"].label = _("Price in %s, VAT included") % currency

    def clean_gtin(self) -> str:
        digits: str = self.cleaned_data["gtin"].replace(" ", "").replace("-", "")
        if digits:
            validate_gtin(digits)
        return digits

    def clean_new_category(self) -> tuple[str, ...]:
        names = [name.strip() for name in self.cleaned_data["new_category"].split(">")]
        if len(names) > MAX_LEVELS or any(len(name) > MAX_NAME for name in names):
            raise ValidationError(_("That is too deep, or too long a name."))
        return tuple(filter(None, names))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        amount, unit = data.get("pack_amount"), data.get("pack_unit")
        if amount and not unit:
            self.add_error("pack_unit", _("Choose the unit of the pack size."))
        if unit and not amount and "pack_amount" not in self.errors:
            self.add_error("pack_amount", _("Say how much is in the pack."))
        if data.get("allergens") and not data.get("declared"):
            data["declared"] = "yes"
        return data

    def draft(self) -> editing.Draft:
        """Return what the valid form describes, a new picture saved."""
        data = dict(self.cleaned_data)
        for name in ("version", "seen_stock"):
            data.pop(name)
        declared, upload = data.pop("declared"), data.pop("upload")
        if not declared:
            data["allergens"] = None
        if upload:
            data["image"] = _saved(upload, title=data["title"])
            # Refused for another reason, the form still has its picture.
            self.answer(image=data["image"].pk)
        return editing.Draft(**data)

    def answer(self, **values: Any) -> None:
        """Show other values than were sent, in the answer to a refused form."""
        data: Any = self.data
        self.data = data.copy()
        for name, value in values.items():
            self.data[name] = value  # type: ignore[index]  # a QueryDict, and ours

    def seen(self) -> editing.Seen | None:
        """Return what the form was opened on."""
        data = self.cleaned_data
        if data["seen_stock"] is None:
            return None
        return editing.Seen(version=data["version"], stock=data["seen_stock"])


def initial_of(product: Product, record: StockRecord | None) -> dict[str, Any]:
    """Return a product as the form shows it."""
    link = product.productcategory_set.order_by("pk").first()
    image = product.images.order_by("display_order", "pk").first()
    facts = {
        name: getattr(product, name)
        for name in (
            *("title", "brand", "tax_rate", "pack_unit", "description", "ingredients"),
            *("may_contain", "diets", "origin", "storage", "is_public"),
        )
    }
    return {
        **facts,
        "gtin": product.upc or "",
        "pack_amount": product.pack_amount and plain(product.pack_amount),
        "declared": "" if product.allergens is None else "yes",
        "allergens": product.allergens or [],
        "category": link and link.category_id,
        "image": image and image.image_id,
        "version": editing.version_of(product),
        "price": record and record.price,
        "stock": (record and record.num_in_stock) or 0,
        "seen_stock": (record and record.num_in_stock) or 0,
        "low_stock": record and record.low_stock_threshold,
        "sku": record.partner_sku if record else "",
    }


def plain(amount: Decimal) -> str:
    """Return a number without the zeros its column adds: 0.5, 800."""
    return f"{amount.normalize():f}"


def _saved(upload: Any, *, title: str) -> ShopImage:
    image = ShopImage(title=title, file=upload)
    image._set_image_file_metadata()  # noqa: SLF001  # as Wagtail's own forms do
    image.save()
    return image
