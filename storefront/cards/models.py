"""One flat row a product, for every page that lists products.

Listing pages, shelves and search read cards and nothing else. A card is written
in the transaction that changes its source (`storefront.cards.services`), except
its stock state, which follows an order through the outbox: what may be bought is
always decided on the stock record.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _


class CardQuerySet(models.QuerySet["ProductCard"]):
    def in_category(self, category_id: int) -> "CardQuerySet":
        """Cards of a category and of everything below it."""
        return self.filter(category_ids__contains=[category_id])

    def for_listing(self) -> "CardQuerySet":
        """Buyable goods first, then the shopkeeper's priority, then by title."""
        return self.order_by("is_out", "-priority", "title", "product_id")


class ProductCard(models.Model):
    class StockState(models.TextChoices):
        IN = "in", _("In stock")
        LOW = "low", _("Only a few left")
        OUT = "out", _("Sold out")

    product = models.OneToOneField(
        "catalogue.Product",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="card",
    )
    title = models.CharField(max_length=255)
    slug = models.CharField(max_length=255)
    brand = models.CharField(max_length=80, blank=True)
    pack = models.CharField(max_length=40, blank=True)  # "500 g", as shown
    price = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    unit_price = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True
    )
    unit = models.CharField(max_length=8, blank=True)  # "kg", "l", "piece"
    stock_state = models.CharField(max_length=4, choices=StockState)
    stock_left = models.PositiveIntegerField(null=True, blank=True)
    is_out = models.GeneratedField(
        expression=models.Case(
            models.When(stock_state="out", then=models.Value(True)),
            default=models.Value(False),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    priority = models.SmallIntegerField(default=0)
    picture = models.JSONField(default=dict, blank=True)  # src, srcset, width, …
    badges = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    diets = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    allergens = ArrayField(
        models.CharField(max_length=16), null=True, blank=True, default=None
    )
    category_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    search = SearchVectorField(null=True)
    search_text = models.TextField(blank=True)  # folded: small letters, no accents
    updated_at = models.DateTimeField()

    objects = CardQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(price__gte=0), name="card_price_not_negative"
            )
        ]
        indexes = [
            GinIndex(fields=["category_ids"], name="card_categories"),
            GinIndex(fields=["search"], name="card_search"),
            models.Index(
                fields=["is_out", "-priority", "title", "product"],
                name="card_listing_order",
            ),
        ]

    def __str__(self) -> str:
        return self.title
