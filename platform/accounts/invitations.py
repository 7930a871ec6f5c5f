"""A person's way into an account that was made for them.

An invitation is allauth's password-reset link on the shop's own host: signed with
the shop's key, so worth nothing elsewhere; spent when a password is chosen; void
after settings.PASSWORD_RESET_TIMEOUT.
"""

from datetime import timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from accounts import letters
from accounts.models import User
from tenants import context, hosts
from tenants.models import Shop


def url_for(user: User, shop: Shop) -> str:
    """Return the address at which a user of a shop chooses a first password."""
    with context.inside(shop):
        path = reverse(
            "account_reset_password_from_key",
            urlconf=settings.ROOT_URLCONF,
            kwargs={
                "uidb36": user_pk_to_url_str(user),
                "key": default_token_generator.make_token(user),
            },
        )
    return hosts.shop_url(shop, path)


def message(user: User, shop: Shop) -> tuple[str, str, str]:
    """Return subject, text and HTML of the letter that invites a user."""
    with context.inside(shop):
        letter = letters.render(
            "invitation",
            {
                "user": user,
                "invitation_url": url_for(user, shop),
                "days": lifetime().days,
            },
        )
    return letter.subject, letter.text, letter.html


def owner_of(shop: Shop) -> User | None:
    """Return the account of a shop's owner, as the shop has it."""
    with context.inside(shop):
        return User.objects.filter(email=shop.owner_email.lower()).first()


def is_open(user: User) -> bool:
    """Say whether a user has yet to choose a first password."""
    return user.is_active and not user.has_usable_password()


def lifetime() -> timedelta:
    """Return how long an invitation is good for."""
    return timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
