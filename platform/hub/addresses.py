"""Addresses for shops to be: is it free, and which one would fit."""

from dataclasses import dataclass

from django.utils.text import slugify

from kernel import refusal
from tenants import hosts, provisioning
from tenants.models import Shop

LONGEST = 40


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of an address while it is typed."""

    is_free: bool
    text: str


def judge(subdomain: str) -> Verdict:
    """Say whether a shop could have an address."""
    try:
        provisioning.check_subdomain(subdomain)
    except refusal.Refusal as no:
        return Verdict(is_free=False, text=str(no))
    return Verdict(is_free=True, text=hosts.shop_url(Shop(subdomain=subdomain)))


def suggest(name: str) -> str:
    """Return a free address made of a shop's name; empty if it has no letters."""
    stem = slugify(name).replace("_", "-").strip("-")[: LONGEST - 3].rstrip("-")
    if not stem:
        return ""
    candidates = [stem, *(f"{stem}-{number}" for number in range(2, 100))]
    taken = set(
        Shop.objects.filter(subdomain__startswith=stem).values_list(
            "subdomain", flat=True
        )
    )
    unfit = taken | provisioning.RESERVED_SUBDOMAINS
    return next((one for one in candidates if one not in unfit), "")
