"""Telling the network who the shop is."""

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


@transaction.atomic
def publish(*, now: datetime) -> int:
    """Tell the hub what the shop says of itself, with the change that it follows.

    Call it in the transaction that changed the profile or the hours. Each call has
    a version of its own, by which the hub knows the newest of late deliveries.

    Returns:
        The version told.
    """
    profile = ShopProfile.load()
    ShopProfile.objects.filter(pk=profile.pk).update(version=F("version") + 1)
    profile.refresh_from_db()
    outbox.post(
        kind="hub_card",
        dedupe_key=f"hub_card:{profile.version}",
        payload=_card(profile, now=now),
        now=now,
    )
    return int(profile.version)


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
        "picture_url": _address(profile.picture, wide=True),
        "logo_url": _address(profile.logo, wide=False),
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
