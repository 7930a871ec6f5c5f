"""Who may sign in to the demo, and with what."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group

from accounts.models import User

#: Shown in the table of sign-ins; the demo is refused where it is not a demo.
PASSWORD = "market-day-basket"  # noqa: S105 (it is no secret)
ADMIN_EMAIL = "admin@quickcart.example"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone of a shop: a customer where `role` is empty."""

    name: str
    email: str
    role: str = ""
    phone: str = ""


def save(person: Person) -> User:
    """Make the person's account, or give the one there is its name and password."""
    first_name, _space, last_name = person.name.partition(" ")
    user, _created = User.objects.get_or_create(email=person.email.lower())
    user.first_name, user.last_name, user.phone = first_name, last_name, person.phone
    user.is_staff = bool(person.role)
    user.set_password(PASSWORD)
    user.save()
    if person.role:
        user.groups.set([Group.objects.get(name=person.role)])
    EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    return user


def save_admin() -> User:
    """Make the hub's admin, unless there is one."""
    user, is_new = User.objects.get_or_create(
        email=ADMIN_EMAIL,
        defaults={"first_name": "Ada", "is_staff": True, "is_superuser": True},
    )
    if is_new:
        user.set_password(PASSWORD)
        user.save()
        EmailAddress.objects.create(
            user=user, email=user.email, verified=True, primary=True
        )
    return user
