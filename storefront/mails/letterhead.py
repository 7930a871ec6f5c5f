"""What stands on every letter of a shop: its name, colours, address and language."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.template import loader
from django.utils import timezone, translation

from notifications.mail import Letter
from storefront.profile import looks
from storefront.profile.models import ShopProfile
from tenants import hosts
from tenants.models import Shop
from ui import mail, theme


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes."""

    name: str
    url: str
    host: str
    look: theme.Theme
    address: str
    phone: str
    email: str

    def write(
        self, template: str, *, subject: str, preheader: str, facts: dict[str, Any]
    ) -> Letter:
        """Return the letter `mails/TEMPLATE.html` and `.txt` in the shop's look."""
        context = {
            "shop_name": self.name,
            "shop_url": self.url,
            "shop_address": self.address,
            "shop_phone": self.phone,
            "shop_email": self.email,
            "subject": subject,
            "preheader": preheader,
            **facts,
        }
        html = loader.render_to_string(f"mails/{template}.html", context)
        return Letter(
            subject=subject,
            text=loader.render_to_string(f"mails/{template}.txt", context).strip()
            + "\n",
            html=mail.dress(html, look=self.look),
            from_name=self.name,
            reply_to=self.email,
            headers={"List-Id": f"<orders.{self.host}>"},
        )


def of(shop: Shop) -> Letterhead:
    """Return the letterhead of the shop in force."""
    profile = ShopProfile.load()
    town = f"{profile.postcode} {profile.city}".strip()
    return Letterhead(
        # In a header it is one line, whatever the shop is called.
        name=" ".join(shop.name.split()),
        url=hosts.shop_url(shop),
        host=hosts.host_of(shop.subdomain),
        look=looks.theme_of(profile),
        address="\n".join(line for line in (profile.street, town) if line),
        phone=profile.phone,
        email=profile.email,
    )


@contextmanager
def speaking_for(shop: Shop) -> Iterator[None]:
    """Write in a shop's language and by its clock."""
    with translation.override(shop.language), timezone.override(shop.zone):
        yield
