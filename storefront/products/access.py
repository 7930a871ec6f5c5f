"""Who of the shop's people may do what with products."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

    Person = User | AnonymousUser


def may_see(user: "Person") -> bool:
    """Say whether a user sees the list."""
    return user.is_staff and user.has_perm("catalogue.view_product")


def may_count(user: "Person") -> bool:
    """Say whether a user sets the stock."""
    return user.is_staff and user.has_perm("partner.change_stockrecord")


def may_edit(user: "Person") -> bool:
    """Say whether a user writes products, prices included."""
    return user.is_staff and user.has_perm("catalogue.change_product")


def may_add(user: "Person") -> bool:
    """Say whether a user makes products."""
    return user.is_staff and user.has_perm("catalogue.add_product")


def may_delete(user: "Person") -> bool:
    """Say whether a user deletes products."""
    return user.is_staff and user.has_perm("catalogue.delete_product")
