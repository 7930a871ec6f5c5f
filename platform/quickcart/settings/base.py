"""What is the same everywhere, by subject in `quickcart.settings.parts`."""

from oscar.defaults import *

from quickcart.settings.apps import (  # noqa: F401
    INSTALLED_APPS,
    SHARED_APPS,
    TENANT_APPS,
)
from quickcart.settings.parts.accounts import *
from quickcart.settings.parts.core import *
from quickcart.settings.parts.data import *
from quickcart.settings.parts.labour import *
from quickcart.settings.parts.mail import *
from quickcart.settings.parts.network import *
from quickcart.settings.parts.place import *
from quickcart.settings.parts.security import *
from quickcart.settings.parts.shopping import *
from quickcart.settings.parts.watching import *
