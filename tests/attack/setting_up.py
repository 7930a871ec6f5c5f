"""Django, set up before anything of QuickCart's is imported.

A module of its own: a process that a check starts finds it first.
"""

import os

import django
from django.test.utils import setup_test_environment


def set_up() -> None:
    """Set Django up as tests have it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quickcart.settings.test")
    django.setup()
    setup_test_environment(debug=False)
