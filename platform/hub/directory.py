"""The directory: what shops publish of themselves, and how the hub shows it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import formats
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from hub.models import ShopCard
from kernel import hours
from tenants import hosts
from tenants.models import Shop

TEXTS = ("name", "tagline", "street", "city", "postcode", "picture_url", "logo_url")
DAYS_OF_A_WEEK = 7
ONE_DAY = timedelta(days=1)
HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def publish(*, shop: Shop, card: Mapping[str, Any]) -> bool:
    """Keep what a shop says of itself, unless something newer is kept already.

    Deliveries may come late, twice and in any order: the version decides. Public
    must be in force.

    Returns:
        Whether it was kept.
    """
    fields = {"shop_id": shop.pk, "version": int(card["version"]), **_fields(card)}
    fields["name"] = fields["name"] or shop.name
    with transaction.atomic():
        # The row first, so that two deliveries at once meet at its lock.
        ShopCard.objects.bulk_create([ShopCard(**fields)], ignore_conflicts=True)
        kept = ShopCard.objects.select_for_update().get(shop_id=shop.pk)
        if kept.version > fields["version"]:
            return False
        ShopCard.objects.filter(pk=kept.pk).update(**fields)
    return True


def _fields(card: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        field.name: str(card.get(field.name) or "")[: field.max_length]
        for field in ShopCard._meta.fields
        if field.name in TEXTS
    }
    colour = str(card.get("brand_colour") or "")
    return {
        **fields,
        "latitude": _degrees(card.get("latitude"), 90),
        "longitude": _degrees(card.get("longitude"), 180),
        "hours": str(card.get("hours") or ""),
        "brand_colour": colour if HEX_COLOUR.fullmatch(colour) else "",
        "next_slot_at": parse_datetime(str(card.get("next_slot_at") or "")),
    }


def _degrees(value: object, most: int) -> Decimal | None:
    try:
        degrees = Decimal(str(value))
    except InvalidOperation:
        return None
    return degrees if degrees.is_finite() and abs(degrees) <= most else None


def live_shops(*, words: str = "") -> QuerySet[Shop]:
    """Return live shops by name, those that all the words are found in.

    A shop that was opened a moment ago is there before its first card.
    """
    shops = Shop.objects.open_to_public().select_related("card").order_by("name", "pk")
    for word in words.split()[:8]:
        shops = shops.filter(
            Q(name__icontains=word)
            | Q(card__tagline__icontains=word)
            | Q(card__street__icontains=word)
            | Q(card__city__icontains=word)
            | Q(card__postcode__icontains=word)
        )
    return shops


@dataclass(frozen=True, slots=True)
class Entry:
    """A shop as a line of the directory."""

    id: int
    name: str
    url: str
    host: str
    tagline: str
    place: str
    is_open: bool | None  # None: the shop has not said
    open_note: str
    picture_url: str
    logo_url: str
    colour: str
    stands_until: datetime  # then the shop opens or closes, or another day begins


def entries(shops: Iterable[Shop], *, now: datetime) -> Iterator[Entry]:
    """Give the directory's line of each shop."""
    for shop in shops:
        card = getattr(shop, "card", None) or ShopCard(shop=shop, name=shop.name)
        is_open, note, until = _opening(card.hours, shop=shop, now=now)
        yield Entry(
            id=shop.pk,
            name=card.name,
            url=hosts.shop_url(shop),
            host=hosts.host_of(shop.subdomain),
            tagline=card.tagline,
            place=", ".join(part for part in (card.street, card.city) if part),
            is_open=is_open,
            open_note=note,
            picture_url=_on_host(card.picture_url, shop),
            logo_url=_on_host(card.logo_url, shop),
            colour=card.brand_colour,
            stands_until=until,
        )


def _opening(
    text: str, *, shop: Shop, now: datetime
) -> tuple[bool | None, str, datetime]:
    """Return whether a shop is open, how that is said, and until when."""
    here = now.astimezone(shop.zone)
    midnight = datetime.combine(here.date() + ONE_DAY, time(), tzinfo=shop.zone)
    try:
        status = hours.status(text, zone=shop.zone, now=now)
    except hours.HoursInvalid:
        return None, "", midnight
    note = _note(status, zone=shop.zone, today=here.date())
    return status.is_open, note, min(status.until or midnight, midnight)


def _note(status: hours.Status, *, zone: ZoneInfo, today: date) -> str:
    if status.until is None:
        return _("Open") if status.is_open else _("Closed")
    until = status.until.astimezone(zone)
    if status.is_open:
        return _("Open until %(time)s") % {"time": until.strftime("%H:%M")}
    return _opens(until, today=today)


def _opens(until: datetime, *, today: date) -> str:
    days = (until.date() - today).days
    if days >= DAYS_OF_A_WEEK:
        return _("Opens on %(date)s") % {"date": formats.date_format(until, "j F")}
    when = {"time": until.strftime("%H:%M"), "day": formats.date_format(until, "l")}
    match days:
        case 0:
            return _("Opens at %(time)s") % when
        case 1:
            return _("Opens tomorrow at %(time)s") % when
        case _:
            return _("Opens %(day)s at %(time)s") % when


def _on_host(address: str, shop: Shop) -> str:
    """Return a picture's full address; only the shop's own host serves them."""
    path = urlsplit(address).path
    return hosts.shop_url(shop, path) if path.startswith("/") else ""
