"""A page's pictures follow the media library."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from storefront.media.models import ShopImage
from storefront.pages import selectors


@receiver([post_save, post_delete], sender=ShopImage, dispatch_uid="pages.pictures")
def renew_pictures(
    sender: type[ShopImage],
    instance: ShopImage,
    raw: bool = False,
    created: bool = False,
    **kwargs: Any,
) -> None:
    if raw or created:
        return
    for kind in selectors.KINDS:
        for page in kind.objects.filter(pictures__has_key=str(instance.pk)):
            kind.objects.filter(pk=page.pk).update(pictures=page.collect_pictures())
