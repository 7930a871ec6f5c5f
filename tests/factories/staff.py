"""People who work in the shop in force."""

from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from tenants import context


def a_member(role: Role = Role.EDITOR, **fields: str) -> User:
    """Return a member of staff with a role."""
    subdomain = context.current_shop().subdomain
    fields.setdefault("email", f"new-{role}@{subdomain}.example")
    user = User.objects.create_user(is_staff=True, **fields)
    user.groups.add(Group.objects.get(name=role))
    return user


def signed_in(user: User) -> Client:
    """Return a browser in which a user of the shop in force has signed in."""
    host = f"{context.current_shop().subdomain}.localhost"
    client = Client(headers={"host": host})
    client.force_login(user)
    return client
