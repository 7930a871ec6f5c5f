"""Oscar's catalogue, with what food law and a grocer's shelf label ask for."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from oscar.apps.catalogue import abstract_models
from stdnum import ean


class Allergen(models.TextChoices):
    """The 14 of Regulation (EU) 1169/2011, annex II."""

    GLUTEN = "gluten", _("Cereals containing gluten")
    CRUSTACEANS = "crustaceans", _("Crustaceans")
    EGGS = "eggs", _("Eggs")
    FISH = "fish", _("Fish")
    PEANUTS = "peanuts", _("Peanuts")
    SOYA = "soya", _("Soya")
    MILK = "milk", _("Milk")
    NUTS = "nuts", _("Nuts")
    CELERY = "celery", _("Celery")
    MUSTARD = "mustard", _("Mustard")
    SESAME = "sesame", _("Sesame")
    SULPHITES = "sulphites", _("Sulphur dioxide and sulphites")
    LUPIN = "lupin", _("Lupin")
    MOLLUSCS = "molluscs", _("Molluscs")


class Diet(models.TextChoices):
    VEGAN = "vegan", _("Vegan")
    VEGETARIAN = "vegetarian", _("Vegetarian")
    ORGANIC = "organic", _("Organic")
    GLUTEN_FREE = "gluten_free", _("Gluten free")


class PackUnit(models.TextChoices):
    GRAM = "g", _("g")
    KILOGRAM = "kg", _("kg")
    MILLILITRE = "ml", _("ml")
    LITRE = "l", _("l")
    PIECE = "piece", _("piece")


def validate_gtin(number: str) -> None:
    """Refuse what is not a GTIN-8, -12, -13 or -14 with its right check digit."""
    if not ean.is_valid(number):
        raise ValidationError(_("This is not a barcode number (GTIN): a digit is off."))


class Product(abstract_models.AbstractProduct):
    """A product; its GTIN is Oscar's `upc`."""

    brand = models.CharField(_("brand"), max_length=80, blank=True)
    pack_amount = models.DecimalField(
        _("pack size"),
        max_digits=9,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.001"))],
    )
    pack_unit = models.CharField(_("unit"), max_length=8, choices=PackUnit, blank=True)
    ingredients = models.TextField(_("ingredients"), blank=True)
    # None is "not known"; an empty list is "declared: contains none".
    allergens = ArrayField(
        models.CharField(max_length=16, choices=Allergen),
        verbose_name=_("allergens"),
        null=True,
        blank=True,
    )
    may_contain = ArrayField(
        models.CharField(max_length=16, choices=Allergen),
        verbose_name=_("may contain"),
        default=list,
        blank=True,
    )
    diets = ArrayField(
        models.CharField(max_length=16, choices=Diet),
        verbose_name=_("diets"),
        default=list,
        blank=True,
    )
    origin = models.CharField(_("origin"), max_length=80, blank=True)
    storage = models.CharField(_("how to keep it"), max_length=160, blank=True)
    tax_rate = models.DecimalField(
        _("VAT in percent"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    class Meta(abstract_models.AbstractProduct.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pack_amount__isnull=True)
                | models.Q(pack_amount__gt=0),
                name="product_pack_is_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(tax_rate__range=(0, 100)),
                name="product_tax_rate_is_percent",
            ),
        ]

    def get_missing_image(self):
        return NoPicture()


class NoPicture:
    """Stands where Oscar expects a picture's file.

    Oscar's own would link a placeholder into MEDIA_ROOT, where no shop's storage
    finds it: a traceback and a failed thumbnail for each product without picture.
    """

    name = None


class ProductImage(abstract_models.AbstractProductImage):
    """A product's picture, kept in the media library like every other."""

    # Oscar's own file field stays empty; its dashboard's form names it.
    original = models.ImageField(_("Original"), max_length=255, blank=True)
    image = models.ForeignKey(
        "media.ShopImage",
        verbose_name=_("picture"),
        on_delete=models.CASCADE,
        related_name="product_images",
    )


from oscar.apps.catalogue.models import *

# Named, because others import them from here.
from oscar.apps.catalogue.models import Category, ProductCategory, ProductClass
