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

from kernel import clock
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


def write(name: str, *, to: str, facts: dict[str, Any]) -> None:
    """Write a letter to an address, and send it."""
    send(render(name, {**facts, "to": to}), to=to)


def tell_of_change(name: str, *, to: str, facts: dict[str, Any] | None = None) -> None:
    """Tell whoever has an account what was changed of it, and when.

    No limit holds it back: whoever would hide a change could use that up before.
    """
    write(name, to=to, facts={"changed_at": clock.now(), **(facts or {})})


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
