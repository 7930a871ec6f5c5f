"""What follows from what people do in allauth's pages."""

from typing import Any

from allauth.account.signals import password_reset
from django.dispatch import receiver

from accounts import addresses
from accounts.models import User


@receiver(password_reset, dispatch_uid="accounts.confirm_by_letter")
def confirm_by_letter(sender: Any, user: User, **kwargs: Any) -> None:
    """Take the address for confirmed: the link came in a letter to it.

    So an account that somebody made with another's address is that other's as soon
    as they choose a password. Sessions end with the password they began with.
    """
    addresses.confirm(user)
