"""allauth's hooks, in the network's terms."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import letters
from tenants import context, limits

#: allauth's names of letters, where one of ours serves two.
SAME_LETTER = {"email_confirmation_signup": "email_confirmation"}


class AccountAdapter(DefaultAccountAdapter):
    """Customers sign up in shops; on the hub accounts are given, not taken."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return not context.is_public()

    def is_safe_url(self, url: str | None) -> bool:
        """Lead nobody to another host; allauth's own would trust every shop's."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={allauth_context.request.get_host()}
        )

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Bring each to their own desk: admins, staff, customers."""
        if context.is_public():
            is_admin = request.user.is_superuser
            return reverse("hub:shops") if is_admin else reverse("hub:home")
        if request.user.is_staff:
            return reverse("wagtailadmin_home")
        return reverse("account_index")

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_index")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_index")

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return whose attempts are counted together."""
        return limits.address_of(request)

    def send_mail(
        self, template_prefix: str, email: str, context: dict[str, Any]
    ) -> None:
        """Write one of our letters in place of allauth's."""
        name = template_prefix.rpartition("/")[2]
        letter = letters.render(SAME_LETTER.get(name, name), {**context, "to": email})
        letters.send(letter, to=email)
