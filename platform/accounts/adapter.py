"""allauth's hooks, in the network's terms."""

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import devices, letters
from tenants import context, limits

if TYPE_CHECKING:
    # allauth reads its adapter while its models are being made.
    from allauth.account.models import EmailAddress

#: allauth's names of letters, where one of ours serves two.
SAME_LETTER = {"email_confirmation_signup": "email_confirmation"}

#: Its names of changes that people are told of in a letter of their own.
CHANGES = {
    "email_changed": "email_changed",
    "password_changed": "password_changed",
    "password_reset": "password_changed",
    "password_set": "password_changed",
}

#: Anybody can have letters sent to anybody, in each of the shops.
LETTERS = limits.Limit("letters", most=60, seconds=3600, is_networks=True)
LETTERS_TO_ONE = limits.Limit("letters-to-one", most=10, seconds=3600, is_networks=True)


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

    def get_email_verification_redirect_url(self, email_address: "EmailAddress") -> str:
        return reverse("account_index")

    def confirm_email(
        self, request: HttpRequest, email_address: "EmailAddress"
    ) -> bool:
        """Make a confirmed address the account's one: all of it, or nothing."""
        try:
            with transaction.atomic():
                return bool(super().confirm_email(request, email_address))
        except IntegrityError:  # another's since the code was looked at
            told = {"email": email_address.email}
            words = "account/messages/email_confirmation_failed.txt"
            self.add_message(request, messages.ERROR, words, told)
            return False

    def post_login(self, request: HttpRequest, user: Any, **login: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **login)
        devices.remember(request, response, email=user.email)
        return response

    def _get_login_attempts_cache_key(
        self, request: HttpRequest, **credentials: Any
    ) -> str:
        """Return by what wrong passwords are counted: an account, or one device's."""
        key = super()._get_login_attempts_cache_key(request, **credentials)
        device = devices.name_of(request, email=credentials.get("email", ""))
        return f"{key}:{device}" if device else key

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return whose attempts are counted together."""
        return limits.address_of(request)

    def send_mail(
        self, template_prefix: str, email: str, context: dict[str, Any]
    ) -> None:
        """Write one of our letters in place of allauth's.

        Raises:
            TooOften: whoever asks, or whoever is written to, has had too many.
        """
        limits.take(LETTERS, by=limits.address_of(allauth_context.request))
        limits.take(LETTERS_TO_ONE, by=limits.recipient(email))
        name = _name_of(template_prefix)
        letters.write(SAME_LETTER.get(name, name), to=email, facts=context)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell whoever has an account that it was changed, and what, if we have words.

        The change is made when allauth comes here: no name of its own may fail.
        """
        name = CHANGES.get(_name_of(template_prefix), "account_changed")
        letters.tell_of_change(name, to=email or user.email, facts=context)


def _name_of(template_prefix: str) -> str:
    return template_prefix.rpartition("/")[2]
