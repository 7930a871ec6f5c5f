"""The one form that opens a shop."""

import zoneinfo
from datetime import date
from functools import cache
from typing import Any

from babel import Locale
from babel.core import get_global
from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from hub import addresses
from kernel import refusal
from tenants import provisioning
from tenants.models import Shop


class OpenShopForm(forms.Form):
    """Everything a shop is opened with; the address is made up where left empty."""

    name = forms.CharField(label=_("Name of the shop"), max_length=80)
    subdomain = forms.CharField(
        label=_("Address"), required=False, max_length=60, strip=True
    )
    time_zone = forms.CharField(
        label=_("Time zone"),
        initial="Europe/Dublin",
        max_length=64,
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
    )
    currency = forms.ChoiceField(label=_("Currency"), initial="EUR")
    owner_name = forms.CharField(label=_("Owner’s name"), max_length=120)
    owner_email = forms.EmailField(
        label=_("Owner’s e-mail"),
        validators=[MaxLengthValidator(254)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = to_locale(get_language() or "en").split("_")[0]
        self.fields["currency"] = forms.ChoiceField(
            label=_("Currency"), initial="EUR", choices=currency_choices(language)
        )
        for name in ("name", "subdomain", "owner_name", "owner_email"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.fields["subdomain"].widget.attrs |= {
            "autocapitalize": "none",
            "spellcheck": "false",
        }

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        # "europe/dublin" and "Europe / Dublin" mean what they seem to.
        wanted = zone.replace(" / ", "/").replace(" ", "_").lower()
        found = {name.lower(): name for name in time_zones()}.get(wanted)
        if found is None:
            raise forms.ValidationError(
                str(provisioning.UnknownTimeZone(time_zone=zone))
            )
        return found

    def clean_owner_email(self) -> str:
        return str(self.cleaned_data["owner_email"]).lower()

    def clean(self) -> dict[str, Any]:
        """Make up a missing address, refuse one that cannot be had."""
        cleaned = self.cleaned_data
        subdomain = cleaned.get("subdomain", "").lower()
        if not subdomain and "subdomain" not in self.errors:
            subdomain = addresses.suggest(cleaned.get("name", ""))
        cleaned["subdomain"] = subdomain
        if "subdomain" not in self.errors and "name" not in self.errors:
            try:
                provisioning.check_subdomain(subdomain)
            except provisioning.SubdomainTaken as no:
                if self.opened_before() is None:
                    self.add_error("subdomain", str(no))
            except refusal.Refusal as no:
                self.add_error("subdomain", str(no))
        return cleaned

    def opened_before(self) -> Shop | None:
        """Return the shop that this very form opened: it was sent twice."""
        return Shop.objects.filter(
            subdomain=self.cleaned_data["subdomain"],
            name=self.cleaned_data.get("name", ""),
            owner_email=self.cleaned_data.get("owner_email", ""),
        ).first()

    def application(self) -> provisioning.Application:
        """Return what the service is called with."""
        return provisioning.Application(**self.cleaned_data)


@cache
def time_zones() -> tuple[str, ...]:
    """Return the zones people live in, without the database's odd ones."""
    return tuple(
        sorted(
            name
            for name in zoneinfo.available_timezones()
            if "/" in name and not name.startswith(("Etc/", "SystemV/", "posix/"))
        )
    )


@cache
def currency_choices(language: str) -> tuple[tuple[str, str], ...]:
    """Return the currencies in use today, with their names."""
    today = date.today().timetuple()[:3]  # noqa: DTZ011 (which day hardly matters)
    in_use = {
        code
        for rows in get_global("territory_currencies").values()
        for code, _start, end, is_tender in rows
        if is_tender and (end is None or tuple(end) > today)
    }
    names = Locale.parse(language).currencies
    return tuple((code, f"{code} · {names.get(code, code)}") for code in sorted(in_use))
