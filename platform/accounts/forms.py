"""allauth's forms, without a placeholder that says the label again."""

from typing import Any

from allauth.account import forms


class Plain:
    """Take the placeholders out of a form's fields."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


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
