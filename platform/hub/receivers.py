"""What the hub does when its schema has been migrated."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models.signals import post_migrate
from django.dispatch import receiver

from tenants import context


@receiver(post_migrate, dispatch_uid="hub.name_the_site")
def name_the_site(sender: Any, **kwargs: Any) -> None:
    """Keep one Site, of the hub's own host; allauth asks for the request's.

    Django makes example.com there, and the host may have changed since.
    """
    if sender.label != "sites" or not context.is_public():
        return
    site = apps.get_model("sites", "Site")
    host = settings.QUICKCART_DOMAIN
    kept = site.objects.order_by("pk").first() or site()
    kept.domain, kept.name = host, "QuickCart"
    kept.save()
    site.objects.exclude(pk=kept.pk).delete()
