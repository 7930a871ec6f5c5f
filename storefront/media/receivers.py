"""Renditions are made when a picture is saved: a visitor never waits for one."""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from storefront.media import pictures
from storefront.media.models import ShopImage


@receiver(post_save, sender=ShopImage, dispatch_uid="media.prepare")
def prepare_renditions(
    sender: type[ShopImage], instance: ShopImage, raw: bool = False, **kwargs: Any
) -> None:
    if not raw:
        pictures.prepare(instance)
