"""One flat row a product, for every page that lists products.

Listing pages, shelves and search read cards and nothing else. A card is written
in the transaction that changes its source (`storefront.cards.services`), except
its stock state, which follows an order through the outbox: what may be bought is
always decided on the stock record.
"""

import functools
import operator

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import (
    SearchQuery,
    SearchRank,
    SearchVectorField,
    TrigramWordSimilarity,
)
from django.db import models
from django.db.models import F, Q, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from storefront.cards import folding
from tenants import context

#: How much of a word's trigrams another must have to be meant by it: "tomaot" has
#: 0.57 of "tomato", "mlk" 0.5 of "milk".
_ALIKE = 0.45
#: Shorter words are like too many others.
_TELLING = 3


class CardQuerySet(models.QuerySet["ProductCard"]):
    def in_category(self, category_id: int) -> "CardQuerySet":
        """Cards of a category and of everything below it."""
        return self.filter(category_ids__contains=[category_id])

    def in_stock(self) -> "CardQuerySet":
        return self.filter(is_out=False)

    def for_diet(self, diet: str) -> "CardQuerySet":
        return self.filter(diets__contains=[diet])

    def declared_free_of(self, allergens: list[str]) -> "CardQuerySet":
        """Cards whose shop declared that none of these is in, or may be in, it.

        What is not declared is left out: nobody knows it to be safe.
        """
        return self.filter(allergens__isnull=False).exclude(
            allergens__overlap=allergens
        )

    def for_listing(self) -> "CardQuerySet":
        """Buyable goods first, then the shopkeeper's priority, then by title."""
        return self.order_by("is_out", "-priority", "title", "product_id")

    def search(self, text: str) -> "CardQuerySet":
        """Cards with every word of a text; failing that, with words like them.

        Best first. One more query than the listing itself, to know which it is.
        """
        found = self.matching(text)
        return found if found.exists() else self.resembling(text)

    def matching(self, text: str) -> "CardQuerySet":
        """Cards in which each word of a text begins, or is a form of, a word."""
        words = folding.words(text)
        if not words:
            return self.none()
        query = functools.reduce(operator.and_, map(_query_of, words))
        return (
            self.filter(search=query)
            .annotate(rank=SearchRank(F("search"), query))
            .order_by("is_out", "-rank", "-priority", "title", "product_id")
        )

    def resembling(self, text: str) -> "CardQuerySet":
        """Cards that have a word like each of a text's words, typing errors included.

        Reads every name: 45 ms for 9,300 of them. An index on trigrams took twice
        that for common beginnings, and its threshold missed shorter words.
        """
        words = [word for word in folding.words(text) if len(word) >= _TELLING]
        found = self if words else self.none()
        likeness = [TrigramWordSimilarity(word, "search_text") for word in words]
        for number, (word, like) in enumerate(zip(words, likeness, strict=True)):
            name = f"likeness_{number}"
            found = found.alias(**{name: like}).filter(
                Q(**{f"{name}__gte": _ALIKE}) | Q(search=_swapped(word))
            )
        rank = functools.reduce(operator.add, likeness, Value(0.0))
        return found.annotate(rank=rank).order_by(
            "is_out", "-rank", "-priority", "title", "product_id"
        )


def _swapped(word: str) -> SearchQuery:
    """Return a query for a word with any two neighbours changed over.

    The commonest slip of the fingers, and the one trigrams see least: "brwon" has
    a third of "brown".
    """
    turned = {
        f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}"
        for at in range(len(word) - 1)
    }
    return SearchQuery(" | ".join(sorted(turned)), config="simple", search_type="raw")


def _query_of(word: str) -> SearchQuery:
    """Return a query for a folded word, as a beginning and by its stem."""
    dictionary = folding.dictionary_of(context.current_shop().language)
    # Folded words hold letters and digits only: no operator of tsquery.
    beginning = SearchQuery(f"{word}:*", config="simple", search_type="raw")
    return beginning | SearchQuery(word, config=dictionary, search_type="plain")


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
    # What is in it and what may be; None: the shop did not say.
    allergens = ArrayField(
        models.CharField(max_length=16), null=True, blank=True, default=None
    )
    # The main category first, then those above it up to the root, then others.
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

    @property
    def url(self) -> str:
        return product_url(self.product_id, slug=self.slug)


def product_url(product_id: int, *, slug: str) -> str:
    """Return a product's address; a page of cards asks for many."""
    return _address_form().format(slug=slug, id=product_id)


@functools.cache
def _address_form() -> str:
    # Resolving one address costs as much as drawing a card.
    address = reverse("catalogue:detail", kwargs={"product_slug": "0-0", "pk": 0})
    return address.replace("{", "{{").replace("0-0_0", "{slug}_{id}")
