"""Telling the network who the shop is."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from notifications import outbox
from storefront import fulfilment
from storefront.media import pictures
from storefront.media.models import ShopImage
from storefront.profile.models import ShopProfile
from tenants import context, hosts


@contextmanager
def publishing(*, now: datetime) -> Iterator[int]:
    """Tell the hub what the shop says of itself after a block, in one transaction.

    Each telling has a version of its own, by which the hub knows the newest of late
    deliveries; the profile's row is locked for it before all that the block locks.
    So are the pictures looked up, which may take asking the cache or making them: no
    order waits for that.

    Returns:
        The version told.
    """
    with transaction.atomic():
        profile = ShopProfile.load()
        ShopProfile.objects.filter(pk=profile.pk).update(version=F("version") + 1)
        profile.refresh_from_db()
        pictures = {
            "picture_url": _address(profile.picture, wide=True),
            "logo_url": _address(profile.logo, wide=False),
        }
        yield int(profile.version)
        outbox.post(
            kind="hub_card",
            dedupe_key=f"hub_card:{profile.version}",
            payload=_card(profile, now=now) | pictures,
            now=now,
        )


def publish(*, now: datetime) -> int:
    """Tell the hub what the shop says of itself; return the version told.

    Call it in the transaction that changed the profile.
    """
    with publishing(now=now) as version:
        return version


def locked_version(profile_id: int) -> int:
    """Return a profile's version, which nobody changes until the transaction ends."""
    rows = ShopProfile.objects.filter(pk=profile_id).select_for_update(no_key=True)
    return int(rows.values_list("version", flat=True).get())


def _card(profile: ShopProfile, *, now: datetime) -> dict[str, Any]:
    shop = context.current_shop()
    provider = fulfilment.provider()
    next_slot_at = provider.next_slot(now=now)
    return {
        "name": shop.name,
        "tagline": profile.tagline,
        "street": profile.street,
        "city": profile.city,
        "postcode": profile.postcode,
        "latitude": _text(profile.latitude),
        "longitude": _text(profile.longitude),
        "hours": provider.opening(now=now).source,
        "brand_colour": profile.brand_colour,
        "next_slot_at": next_slot_at.isoformat() if next_slot_at else None,
        "version": profile.version,
    }


def _address(image: ShopImage | None, *, wide: bool) -> str:
    """Return a picture's full address: the hub stands on another host."""
    if image is None:
        return ""
    picture = pictures.wide_picture(image) if wide else pictures.card_picture(image)
    return hosts.shop_url(context.current_shop(), picture["src"])


def _text(value: object) -> str | None:
    return None if value is None else str(value)
