"""Letters about accounts: invitation, new password, confirmation of an address, changes.

They carry links that sign in: settings.EMAIL_BACKEND forgets them when they are
sent.
"""

from dataclasses import dataclass
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import loader
from django.urls import reverse

from tenants import context, hosts
from ui import mail


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent, in both forms."""

    subject: str
    text: str
    html: str


def render(name: str, facts: dict[str, Any]) -> Letter:
    """Write the letter `accounts/mail/NAME.*` in the voice of who is in force."""
    facts = {**_sender(), **facts}
    subject = loader.render_to_string(f"accounts/mail/{name}.subject", facts)
    facts["subject"] = " ".join(subject.split())
    return Letter(
        subject=facts["subject"],
        text=loader.render_to_string(f"accounts/mail/{name}.txt", facts).strip() + "\n",
        html=mail.dress(loader.render_to_string(f"accounts/mail/{name}.html", facts)),
    )


def send(letter: Letter, *, to: str) -> None:
    """Hand a letter to Django's mail."""
    sender = formataddr((_sender()["shop_name"], settings.DEFAULT_FROM_EMAIL))
    message = EmailMultiAlternatives(letter.subject, letter.text, sender, [to])
    message.attach_alternative(letter.html, "text/html")
    message.send()


def _sender() -> dict[str, Any]:
    reset = reverse("account_reset_password")
    if context.is_public():
        return {
            "shop_name": "QuickCart",
            "shop_url": hosts.hub_url(),
            "forgotten_url": hosts.hub_url(reset),
            "is_hub": True,
        }
    shop = context.current_shop()
    return {
        "shop_name": shop.name,
        "shop_url": hosts.shop_url(shop),
        "forgotten_url": hosts.shop_url(shop, reset),
        "is_hub": False,
    }
