"""The form of the shop's profile, in the workspace."""

from typing import TYPE_CHECKING

from django import forms
from django.db import transaction
from wagtail.admin.forms import WagtailAdminModelForm

from kernel import clock

if TYPE_CHECKING:
    from storefront.profile.models import ShopProfile


class ColourInput(forms.TextInput):
    """The browser's own colour picker."""

    input_type = "color"


class ShopProfileForm(WagtailAdminModelForm):
    """A profile whose every change the hub is told of."""

    class Media:
        js = ["profile/contrast.js"]

    @transaction.atomic
    def save(self, commit: bool = True) -> "ShopProfile":
        """Save the profile and tell the hub, both or neither."""
        from storefront.profile import services

        if commit and self.instance.pk:
            # All columns are written; hours saved since the form was read have
            # told the hub under a version that must not come again.
            self.instance.version = services.locked_version(self.instance.pk)
        profile: ShopProfile = super().save(commit=commit)
        if commit:
            services.publish(now=clock.now())
        return profile
