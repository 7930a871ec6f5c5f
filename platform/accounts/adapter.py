"""allauth's hooks, in the network's terms."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from tenants import context


class AccountAdapter(DefaultAccountAdapter):
    """Customers sign up in shops; on the hub accounts are given, not taken."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return not context.is_public()
