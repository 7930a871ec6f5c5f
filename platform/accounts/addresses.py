"""The address of an account: one, and nobody else's.

An address counts for nothing before it is confirmed. allauth keeps a new one with
its code in the session of whoever entered it, and it becomes the account's when the
code comes back: until then it is found by no sign-in, sign-up or reset.
"""

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User


@transaction.atomic
def confirm(user: User) -> None:
    """Hold the account's address for confirmed, and let go of any other.

    For accounts that are given by who runs the shop, and for people who have opened
    a letter sent to the address.
    """
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
