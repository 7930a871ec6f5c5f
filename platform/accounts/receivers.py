"""What follows from what people do in allauth's pages, and past them."""

from collections.abc import Collection
from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import password_reset
from django.db.models.signals import post_save
from django.dispatch import receiver

from accounts import addresses, letters
from accounts.models import User


@receiver(password_reset, dispatch_uid="accounts.confirm_by_letter")
def confirm_by_letter(sender: Any, user: User, **kwargs: Any) -> None:
    """Take the address for confirmed: the link came in a letter to it.

    So an account that somebody made with another's address is that other's as soon
    as they choose a password. Sessions end with the password they began with.
    """
    addresses.confirm(user)


@receiver(post_save, sender=User, dispatch_uid="accounts.forget_other_addresses")
def forget_other_addresses(
    instance: User,
    created: bool,
    update_fields: Collection[str] | None,
    raw: bool,
    **kwargs: Any,
) -> None:
    """Let go of the address an account had before somebody else gave it another.

    Who supports a shop may, in the workspace: whoever reads the old mailbox could open
    the account by it, and is told. The new one counts when its code was entered.
    """
    if created or raw or not (update_fields is None or "email" in update_fields):
        return
    confirmed = EmailAddress.objects.filter(user=instance, verified=True)
    others = EmailAddress.objects.filter(user=instance).exclude(
        email__iexact=instance.email
    )
    # Whoever has entered its code is told of it by allauth.
    if not confirmed.filter(email__iexact=instance.email).exists():
        for address in others.filter(verified=True):
            now = {"to_email": instance.email}
            letters.tell_of_change("email_changed", to=address.email, facts=now)
    others.delete()
