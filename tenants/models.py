"""A shop of the network, the hosts it answers to, and schemas kept in reserve."""

import zoneinfo

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

subdomain_validator = RegexValidator(
    r"\A[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z",
    _("Use 1 to 40 small letters, digits and hyphens; no hyphen at either end."),
)


def validate_time_zone(name: str) -> None:
    """Refuse a name that is not in the IANA time zone database."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(name)s” is not a time zone."), params={"name": name}
        )


class ShopQuerySet(models.QuerySet["Shop"]):
    def open_to_public(self) -> "ShopQuerySet":
        return self.filter(state=Shop.State.LIVE)


class Shop(TenantMixin):
    """A shop: one row here, everything else in its own schema.

    `schema_name` is opaque and never changes; the subdomain may.
    """

    class State(models.TextChoices):
        LIVE = "live", _("Live")
        SUSPENDED = "suspended", _("Suspended")

    auto_create_schema = False
    auto_drop_schema = False

    name = models.CharField(_("name"), max_length=80)
    subdomain = models.CharField(
        _("subdomain"), max_length=40, unique=True, validators=[subdomain_validator]
    )
    state = models.CharField(
        _("state"), max_length=12, choices=State, default=State.LIVE
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, validators=[validate_time_zone]
    )
    currency = models.CharField(_("currency"), max_length=3)
    language = models.CharField(_("language"), max_length=10, default="en-ie")
    order_prefix = models.CharField(
        _("order number prefix"),
        max_length=3,
        validators=[RegexValidator(r"\A[A-Z]{2,3}\Z")],
    )
    owner_email = models.EmailField(_("owner's e-mail"))
    created_at = models.DateTimeField(_("opened at"))

    objects = ShopQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(schema_name__regex=r"^shop_[0-9a-z]{12}$"),
                name="shop_schema_name_is_opaque",
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"),
                name="shop_currency_is_iso_4217",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.subdomain})"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)


class Domain(DomainMixin):
    """A host name a shop answers to, without port; the primary one is canonical."""

    def __str__(self) -> str:
        return str(self.domain)


class SpareSchema(models.Model):
    """A schema replayed from the template ahead of need, waiting for its shop."""

    schema_name = models.CharField(max_length=63, unique=True)
    template_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.schema_name


class TemplateText(models.Model):
    """The SQL that makes a shop's schema, and the digest of its migrations."""

    is_the_one = models.BooleanField(default=True, unique=True, editable=False)
    digest = models.CharField(max_length=64)
    sql = models.TextField()

    def __str__(self) -> str:
        return self.digest
