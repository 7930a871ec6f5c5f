"""What roles may do with orders, and the hours a new shop starts with."""

from datetime import datetime

from django.contrib.auth.models import Group, Permission

from accounts.roles import Role
from pickup import access
from pickup.models import PickupSettings
from tenants.models import Shop
from tenants.provisioning import Application

MAY = {
    Role.OWNER: [access.ORDERS, access.SETTINGS],
    Role.MANAGER: [access.ORDERS, access.SETTINGS],
    Role.PICKER: [access.ORDERS],
}


def seed_template() -> None:
    """Give the roles their permissions."""
    for role, names in MAY.items():
        group = Group.objects.get(name=role.value)
        for name in names:
            app_label, _dot, codename = name.partition(".")
            group.permissions.add(
                Permission.objects.get(
                    content_type__app_label=app_label, codename=codename
                )
            )


def seed_shop(*, shop: Shop, application: Application, now: datetime) -> None:
    """Open on weekdays and Saturdays until the owner says otherwise."""
    PickupSettings.objects.create(
        opening_hours="Mo-Fr 09:00-18:00; Sa 09:00-16:00",
        pickup_windows="Mo-Fr 10:00-18:00; Sa 10:00-16:00",
    )
