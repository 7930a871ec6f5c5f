"""A shop's own backup: written, and what is there before and after it is restored."""

from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection

from quickcart.backup import digests
from storefront.profile.models import ShopProfile
from tenants import context
from tenants.models import Shop


def of_alder(into: Path) -> tuple[Shop, Path]:
    """Return the shop alder, with a tagline and a picture, and its backup's folder."""
    with context.in_public():
        alder = Shop.objects.get(subdomain="alder")
    with context.inside(alder):
        ShopProfile.objects.update(tagline="As it was")
        default_storage.__dict__.pop("relative_media_root", None)
        default_storage.save("picture.webp", ContentFile(b"as it was"))
    return alder, written(into)


def written(into: Path) -> Path:
    """Back alder up into a folder that is not there yet; return the backup's own."""
    call_command("backup_shop", "alder", str(into), verbosity=0)
    [folder] = into.iterdir()
    return folder


def digests_now() -> digests.Digests:
    with context.in_public(), connection.cursor() as cursor:
        return digests.of_database(cursor)


def tagline(shop: Shop) -> str:
    with context.inside(shop):
        return ShopProfile.load().tagline


def take_away(shop: Shop, *, schema_too: bool = True) -> None:
    with context.in_public(), connection.cursor() as cursor:
        if schema_too:
            cursor.execute(f"DROP SCHEMA {shop.schema_name} CASCADE")
        Shop.objects.filter(pk=shop.pk).delete()
