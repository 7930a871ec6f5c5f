"""Opening a shop: from a form to a schema that takes orders, in one transaction."""

import functools
import logging
import zoneinfo
from dataclasses import dataclass
from datetime import datetime

from babel.core import Locale, UnknownLocaleError, get_global
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import to_locale

from kernel import ids, refusal
from tenants import context, hosts, template
from tenants.models import (
    Domain,
    Shop,
    SpareSchema,
    TemplateText,
    subdomain_validator,
)

logger = logging.getLogger(__name__)

#: Hosts the network needs for itself, or that would look like its own voice.
RESERVED_SUBDOMAINS = frozenset(
    [
        "www",
        "hub",
        "admin",
        "api",
        "app",
        "mail",
        "smtp",
        "imap",
        "ftp",
        "static",
        "media",
        "cdn",
        "assets",
        "ws",
        "status",
        "help",
        "support",
        "billing",
        "pay",
        "account",
        "accounts",
        "login",
        "signin",
        "id",
        "auth",
        "blog",
        "docs",
        "test",
        "demo",
        "localhost",
        "quickcart",
        "root",
        "postmaster",
        "abuse",
        "security",
    ]
)


class SubdomainTaken(refusal.Refusal):
    code = "subdomain_taken"
    sentence = _("“%(subdomain)s” belongs to another shop. Choose another address.")


class SubdomainReserved(refusal.Refusal):
    code = "subdomain_reserved"
    sentence = _("“%(subdomain)s” is kept for the network. Choose another address.")


class SubdomainInvalid(refusal.Refusal):
    code = "subdomain_invalid"
    sentence = _(
        "Use 1 to 40 small letters, digits and hyphens, with no hyphen at either end."
    )


class UnknownCurrency(refusal.Refusal):
    code = "unknown_currency"
    sentence = _("“%(currency)s” is not a currency code like EUR.")


class UnknownTimeZone(refusal.Refusal):
    code = "unknown_time_zone"
    sentence = _("“%(time_zone)s” is not a time zone like Europe/Dublin.")


class UnknownLanguage(refusal.Refusal):
    code = "unknown_language"
    sentence = _("“%(language)s” is not a language like en-ie.")


@dataclass(frozen=True, slots=True)
class Application:
    """What a shop is opened with."""

    name: str
    subdomain: str
    time_zone: str
    currency: str
    owner_email: str
    owner_name: str = ""
    language: str = "en-ie"
    order_prefix: str = ""


def check_subdomain(subdomain: str) -> None:
    """Refuse an address a shop cannot have; public must be in force.

    Raises:
        SubdomainInvalid: it is not the label of a host name.
        SubdomainReserved: the network keeps it for itself.
        SubdomainTaken: another shop has it.
    """
    try:
        subdomain_validator(subdomain)
    except ValidationError:
        raise SubdomainInvalid(subdomain=subdomain) from None
    if subdomain in RESERVED_SUBDOMAINS:
        raise SubdomainReserved(subdomain=subdomain)
    is_taken = Shop.objects.filter(subdomain=subdomain).exists()
    if is_taken or Domain.objects.filter(domain=hosts.host_of(subdomain)).exists():
        raise SubdomainTaken(subdomain=subdomain)


def open_shop(*, application: Application, now: datetime) -> Shop:
    """Open a shop: row, host, schema, first pages, owner. All of it or nothing.

    A spare schema is taken where one is ready; otherwise the template's text is
    replayed here and now.

    Raises:
        SubdomainInvalid, SubdomainReserved, SubdomainTaken: the address.
        UnknownCurrency, UnknownTimeZone, UnknownLanguage: the setting.
        tenants.template.TemplateMissingError: nothing to copy from yet.
    """
    check_subdomain(application.subdomain)
    _check_settings(application)

    with context.in_public(), transaction.atomic():
        shop = _create_row(application, schema_name=_take_schema(), now=now)
        with context.inside(shop):
            for name in settings.SHOP_SEEDERS:
                import_string(name)(shop=shop, application=application, now=now)
    logger.info("shop opened", extra={"schema": shop.schema_name})
    return shop


def _check_settings(application: Application) -> None:
    if application.currency not in get_global("all_currencies"):
        raise UnknownCurrency(currency=application.currency)
    if application.time_zone not in _time_zones():
        raise UnknownTimeZone(time_zone=application.time_zone)
    try:
        Locale.parse(to_locale(application.language))
    except (UnknownLocaleError, ValueError):
        raise UnknownLanguage(language=application.language) from None


@functools.cache
def _time_zones() -> set[str]:
    # Python reads a directory of hundreds of files for it.
    return zoneinfo.available_timezones()


def _create_row(application: Application, *, schema_name: str, now: datetime) -> Shop:
    shop = Shop(
        schema_name=schema_name,
        name=application.name,
        subdomain=application.subdomain,
        time_zone=application.time_zone,
        currency=application.currency,
        language=application.language,
        order_prefix=application.order_prefix or _prefix_of(application.name),
        owner_email=application.owner_email.lower(),
        created_at=now,
    )
    host = hosts.host_of(application.subdomain)
    try:
        with transaction.atomic():
            shop.save()
            Domain.objects.create(domain=host, tenant=shop, is_primary=True)
    except IntegrityError:
        # Two admins pressed the button at once; the other one was first.
        raise SubdomainTaken(subdomain=application.subdomain) from None
    return shop


def _prefix_of(name: str) -> str:
    """Return 2 capital letters for order numbers: the initials, or the first two."""
    words = [
        "".join(c for c in word if c.isascii() and c.isalpha()) for word in name.split()
    ]
    words = [word.upper() for word in words if word]
    letters = "".join(word[0] for word in words) if len(words) > 1 else "".join(words)
    return (letters + "QC")[:2]


def new_schema_name() -> str:
    """Return an opaque name no schema has yet (60 random bits)."""
    return f"shop_{ids.random_reference(12)}"


def _take_schema() -> str:
    with connection.cursor() as cursor:
        # A deployment keeps its new text when shops that are being opened from the
        # old one are there to be found behind; other openings need not wait.
        cursor.execute("SELECT FROM tenants_templatetext FOR SHARE")
    current = TemplateText.objects.values("digest").filter(is_the_one=True)
    spare = (
        SpareSchema.objects.select_for_update(skip_locked=True)
        .filter(template_digest__in=current)
        .order_by("pk")
        .first()
    )
    if spare is not None:
        spare.delete()
        return spare.schema_name
    schema_name = new_schema_name()
    template.replay(schema_name)
    return schema_name


def top_up_spares(*, wanted: int, now: datetime) -> int:
    """Replay spares until `wanted` are ready; drop those of an older template.

    Returns:
        How many were made.
    """
    with context.in_public():
        _drop_stale_spares()
        missing = wanted - SpareSchema.objects.count()
        for _number in range(missing):
            schema_name = new_schema_name()
            with transaction.atomic():
                digest = template.replay(schema_name)
                SpareSchema.objects.create(
                    schema_name=schema_name, template_digest=digest, created_at=now
                )
    return max(missing, 0)


def _drop_stale_spares() -> None:
    text = TemplateText.objects.filter(is_the_one=True).first()
    if text is None:
        return
    stale = SpareSchema.objects.exclude(template_digest=text.digest)
    for pk in list(stale.values_list("pk", flat=True)):
        with transaction.atomic():
            # A spare that is being taken is somebody's shop by now: leave it alone.
            spare = stale.select_for_update(skip_locked=True).filter(pk=pk).first()
            if spare is None:
                continue
            quoted = connection.ops.quote_name(spare.schema_name)
            with connection.cursor() as cursor:
                cursor.execute(f"DROP SCHEMA IF EXISTS {quoted} CASCADE")
            spare.delete()
