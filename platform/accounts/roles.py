"""What the people of a shop may do, as groups the template is born with."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """A role is a group of this name in the shop's schema."""

    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    PICKER = "picker", _("Picker")
    EDITOR = "editor", _("Editor")
