"""What a customer fills in, on one page."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from storefront.commerce.orders import Contact
from storefront.payments import methods

#: A longer text names no slot.
LONGEST_SLOT = 40


class CheckoutForm(forms.Form):
    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Who comes to collect? Please give a name.")},
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("We write when it is ready."),
        widget=forms.EmailInput(
            attrs={"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}
        ),
        error_messages={
            "required": _("Where should we write when it is ready?"),
            "invalid": _("Please give an address like name@example.com."),
        },
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=32,
        help_text=_("Only for questions about this order."),
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}
        ),
        validators=[
            RegexValidator(
                r"\A[0-9+()./\- ]{5,32}\Z", _("That does not look like a phone number.")
            )
        ],
    )
    slot = forms.CharField(
        label=_("Time to collect"),
        max_length=LONGEST_SLOT,
        error_messages={
            "required": _("Please choose a time to collect."),
            "max_length": _("Please choose one of the times shown."),
        },
    )
    note = forms.CharField(
        label=_("Anything the shop should know?"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    payment_method = forms.ChoiceField(
        label=_("How you pay"),
        error_messages={
            "required": _("Please choose how you pay."),
            "invalid_choice": _("Please choose one of the ways shown."),
        },
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        choices = [(way.code, way.title) for way in methods.offered()]
        self.fields["payment_method"].choices = choices  # type: ignore[attr-defined]
        self.fields["payment_method"].initial = choices[0][0]

    def contact(self) -> Contact:
        """Return who comes, from a valid form."""
        return Contact(
            name=self.cleaned_data["name"],
            email=self.cleaned_data["email"],
            phone=self.cleaned_data["phone"],
        )
