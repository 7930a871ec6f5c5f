"""Who the shop is: its words, address and looks, in one row of its schema."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting

from storefront.profile import forms, panels

hex_colour = RegexValidator(
    r"\A#[0-9a-fA-F]{6}\Z", _("Write a colour like #1f6f43: # and six hex digits.")
)


@register_setting(icon="home", order=10)
class ShopProfile(BaseGenericSetting):
    """What customers see of the shop itself; the hub is told of each change."""

    class TypePair(models.TextChoices):
        HUMANIST = "humanist", _("Friendly")
        EDITORIAL = "editorial", _("Editorial")
        GROTESK = "grotesk", _("Plain and bold")

    class Header(models.TextChoices):
        CENTERED = "centered", _("Name in the middle")
        SPLIT = "split", _("Name left, links right")
        BANNER = "banner", _("Colour banner")

    class Radius(models.TextChoices):
        SHARP = "sharp", _("Sharp corners")
        SOFT = "soft", _("Soft corners")
        ROUND = "round", _("Round corners")

    tagline = models.CharField(_("tagline"), max_length=160, blank=True)
    street = models.CharField(_("street and number"), max_length=120, blank=True)
    city = models.CharField(_("town"), max_length=80, blank=True)
    postcode = models.CharField(_("postcode"), max_length=16, blank=True)
    country = models.CharField(_("country code"), max_length=2, blank=True)
    latitude = models.DecimalField(
        _("latitude"), max_digits=8, decimal_places=6, null=True, blank=True
    )
    longitude = models.DecimalField(
        _("longitude"), max_digits=9, decimal_places=6, null=True, blank=True
    )
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    logo = models.ForeignKey(
        "media.ShopImage",
        verbose_name=_("logo"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    picture = models.ForeignKey(
        "media.ShopImage",
        verbose_name=_("picture in the directory"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    brand_colour = models.CharField(
        _("brand colour"), max_length=7, default="#1f6f43", validators=[hex_colour]
    )
    accent_colour = models.CharField(
        _("accent colour"), max_length=7, default="#e2703a", validators=[hex_colour]
    )
    paper_colour = models.CharField(
        _("background"), max_length=7, default="#fbf9f4", validators=[hex_colour]
    )
    ink_colour = models.CharField(
        _("text"), max_length=7, default="#1d2320", validators=[hex_colour]
    )
    type_pair = models.CharField(
        _("lettering"), max_length=12, choices=TypePair, default=TypePair.HUMANIST
    )
    header = models.CharField(
        _("header"), max_length=12, choices=Header, default=Header.SPLIT
    )
    radius = models.CharField(
        _("corners"), max_length=8, choices=Radius, default=Radius.SOFT
    )
    # Grows with each save: addresses of the theme's stylesheet carry it.
    version = models.PositiveIntegerField(default=1, editable=False)

    panels = panels.PANELS
    base_form_class = forms.ShopProfileForm

    class Meta:
        verbose_name = _("shop profile and looks")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(latitude__isnull=True)
                | models.Q(latitude__range=(-90, 90)),
                name="profile_latitude_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(longitude__isnull=True)
                | models.Q(longitude__range=(-180, 180)),
                name="profile_longitude_in_range",
            ),
        ]

    def __str__(self) -> str:
        return "Shop profile"
