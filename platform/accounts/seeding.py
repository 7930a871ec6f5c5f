"""The roles of the template and the owner of a new shop."""

from datetime import datetime

from django.contrib.auth.models import Group

from accounts.models import User
from accounts.roles import Role
from tenants.models import Shop
from tenants.provisioning import Application


def seed_roles() -> None:
    """Make the groups of the roles; those who own permissions fill them."""
    for role in Role:
        Group.objects.get_or_create(name=role.value)


def seed_owner(*, shop: Shop, application: Application, now: datetime) -> None:
    """Make the owner's account, without a password until the invitation is used."""
    first_name, _space, last_name = application.owner_name.strip().partition(" ")
    owner = User.objects.create_user(
        application.owner_email,
        first_name=first_name,
        last_name=last_name,
        is_staff=True,
        date_joined=now,
    )
    owner.groups.add(Group.objects.get(name=Role.OWNER))
