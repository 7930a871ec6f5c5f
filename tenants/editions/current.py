"""Which edition of its pages a shop, or the hub, is at."""

import copy
import hashlib
import time
from dataclasses import dataclass

from django.conf import settings
from django.db.models import F, Func, UUIDField
from django_tenants.utils import get_public_schema_name

from tenants.database import connection
from tenants.models import Domain, Shop

#: Hosts remembered at most; one is forgotten to learn another.
MOST_HOSTS = 10_000


@dataclass(frozen=True, slots=True)
class Edition:
    """A host's shop (None: the hub) as it was a moment ago, and its edition's name.

    Read *before* anything is made of the shop's tables, the name can only be too old
    for what is kept under it, never too new. It is empty where none is to be kept.
    """

    shop: Shop | None
    name: str

    @property
    def schema_name(self) -> str:
        return str(self.shop.schema_name if self.shop else get_public_schema_name())

    @property
    def is_open(self) -> bool:
        return self.shop is None or self.shop.state == Shop.State.LIVE


_remembered: dict[str, tuple[float, Edition]] = {}


def of_host(host: str) -> Edition | None:
    """Return a host's edition; None if it is nobody's. Public must be in force.

    One query, and none for QUICKCART_EDITION_SECONDS after it: so much later a process
    may see what another has changed.
    """
    host, asked_at = host.lower(), time.monotonic()
    read_at, edition = _remembered.get(host, (float("-inf"), None))
    if edition is None or asked_at - read_at >= settings.QUICKCART_EDITION_SECONDS:
        edition = _of_the_hub() if host == settings.QUICKCART_DOMAIN else _of_shop(host)
        _remember(host, edition, asked_at)
    if edition is None or edition.shop is None:
        return edition
    # Whoever has it may write on it.
    return Edition(copy.copy(edition.shop), edition.name)


def forget() -> None:
    """Ask for every host anew."""
    _remembered.clear()


def _remember(host: str, edition: Edition | None, asked_at: float) -> None:
    _remembered.pop(host, None)
    if edition is not None:
        while len(_remembered) >= MOST_HOSTS:
            del _remembered[next(iter(_remembered))]
        _remembered[host] = asked_at, edition


def _of_the_hub() -> Edition:
    with connection.cursor() as cursor:
        cursor.execute("SELECT quickcart_edition(%s)", [get_public_schema_name()])
        name = cursor.fetchone()[0]
    return Edition(None, _name(name))


def _of_shop(host: str) -> Edition | None:
    name = Func(
        F("tenant__schema_name"),
        function="quickcart_edition",
        output_field=UUIDField(),
    )
    found = Domain.objects.select_related("tenant").annotate(edition=name)
    domain = found.filter(domain=host).first()
    if domain is None:
        return None
    shop: Shop = domain.tenant
    # What pages show of the shop's own row in public is not watched by its triggers.
    facts = (str(getattr(shop, field.attname)) for field in shop._meta.concrete_fields)
    return Edition(shop, _name(domain.edition, *facts))


def _name(name: object, *facts: str) -> str:
    if name is None or not settings.QUICKCART_EDITIONS:
        return ""
    digest = hashlib.blake2b("\0".join(facts).encode(), digest_size=8).hexdigest()
    return f"{name}.{digest}"
