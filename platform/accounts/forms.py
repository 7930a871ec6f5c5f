"""allauth's forms in our words, without a placeholder that says the label again."""

from typing import Any, ClassVar

from allauth.account import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class Plain:
    """Take the placeholders out of a form's fields; label them in our words."""

    LABELS: ClassVar[dict[str, str | Promise]] = {
        "login": _("E-mail"),
        "email": _("E-mail"),
        "remember": _("Stay signed in on this device"),
        "oldpassword": _("Your password now"),
        "code": _("The code in the letter"),
    }

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.LABELS.get(name, field.label)


class LoginForm(Plain, forms.LoginForm):
    pass


class SignupForm(Plain, forms.SignupForm):
    account_already_exists: bool

    def try_save(self, request: HttpRequest) -> Any:
        """Save the account; to one that is there already, have a letter written.

        Both take the same time, and so tell nobody which it was.
        """
        if not self.account_already_exists:
            try:
                with transaction.atomic():
                    return super().try_save(request)
            except IntegrityError:  # made by another request in this moment
                self.account_already_exists = True
        else:
            User().set_password(self.cleaned_data["password1"])
        return super().try_save(request)


class AddEmailForm(Plain, forms.AddEmailForm):
    LABELS: ClassVar = {**Plain.LABELS, "email": _("New e-mail")}


class ConfirmCodeForm(Plain, forms.ConfirmEmailVerificationCodeForm):
    pass


class ChangePasswordForm(Plain, forms.ChangePasswordForm):
    pass


class SetPasswordForm(Plain, forms.SetPasswordForm):
    pass


class ResetPasswordForm(Plain, forms.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(Plain, forms.ResetPasswordKeyForm):
    pass


class ReauthenticateForm(Plain, forms.ReauthenticateForm):
    pass
