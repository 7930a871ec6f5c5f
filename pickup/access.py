"""Who of the shop's people may work with orders, and who may set the hours."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

#: Given to the roles of a new shop by storefront.seeding.
ORDERS = "order.change_order"
SETTINGS = "pickup.change_pickupsettings"


def may_see_board(user: "User | AnonymousUser") -> bool:
    """Say whether a user sees and moves the shop's orders."""
    return _is_staff_with(user, ORDERS)


def may_change_settings(user: "User | AnonymousUser") -> bool:
    """Say whether a user sets hours, slots and closed days."""
    return _is_staff_with(user, SETTINGS)


def _is_staff_with(user: "User | AnonymousUser", permission: str) -> bool:
    return user.is_staff and user.has_perm(permission)
