"""allauth's forms in our words, without a placeholder that says the label again."""

from typing import Any, ClassVar

from allauth.account import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Plain:
    """Take the placeholders out of a form's fields; label them in our words."""

    LABELS: ClassVar[dict[str, str | Promise]] = {
        "login": _("E-mail"),
        "email": _("E-mail"),
        "remember": _("Stay signed in on this device"),
        "oldpassword": _("Your password now"),
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
    pass


class AddEmailForm(Plain, forms.AddEmailForm):
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
