"""Cards follow their sources, in the transaction that changes these.

Code that writes without signals (bulk_create, QuerySet.update, moves in the
category tree) calls `services.rebuild` or `services.refresh_stock` itself.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver

from kernel import clock
from storefront.cards import services
from storefront.cards.models import ProductCard
from storefront.media.models import ShopImage
from storefront.oscar_apps.catalogue.models import (
    Category,
    Product,
    ProductCategory,
    ProductClass,
    ProductImage,
)
from storefront.oscar_apps.partner.models import StockRecord

#: What of a category is on cards and in their search text.
_SHOWN = ("name", "is_public")


def _touch(product_ids: Iterable[int]) -> None:
    services.touch(product_ids, now=clock.now())


@receiver(post_save, sender=Product)
def _product_saved(instance: Product, *, raw: bool = False, **_: Any) -> None:
    if not raw:
        _touch([instance.pk])


@receiver(post_delete, sender=Product)
def _product_deleted(instance: Product, **_: Any) -> None:
    # What was deleted with it, before it, has made the card anew.
    ProductCard.objects.filter(pk=instance.pk).delete()


@receiver([post_save, post_delete], sender=StockRecord)
@receiver([post_save, post_delete], sender=ProductCategory)
@receiver([post_save, post_delete], sender=ProductImage)
def _part_changed(instance: Model, *, raw: bool = False, **_: Any) -> None:
    if not raw:
        product_id: int = instance.product_id  # type: ignore[attr-defined]  # all three have it
        _touch([product_id])


@receiver(pre_save, sender=Category)
def _category_about_to_change(
    instance: Category, *, raw: bool = False, **_: Any
) -> None:
    """Remember what cards show of it: a new text on its page changes no card."""
    if not raw:
        before = Category.objects.filter(pk=instance.pk).values_list(*_SHOWN)
        instance.shown_before = before.first()


@receiver(post_save, sender=Category)
def _category_saved(
    instance: Category, *, created: bool, raw: bool = False, **_: Any
) -> None:
    if raw or created:
        return
    if instance.shown_before != tuple(getattr(instance, name) for name in _SHOWN):
        below = ProductCategory.objects.filter(category__path__startswith=instance.path)
        _touch(below.values_list("product_id", flat=True))


@receiver(post_save, sender=ProductClass)
def _class_saved(
    instance: ProductClass, *, created: bool, raw: bool = False, **_: Any
) -> None:
    if not (raw or created):
        _touch(instance.products.values_list("pk", flat=True))


@receiver(post_save, sender=ShopImage)
def _picture_saved(
    instance: ShopImage, *, created: bool, raw: bool = False, **_: Any
) -> None:
    if not (raw or created):
        _touch(instance.product_images.values_list("product_id", flat=True))
