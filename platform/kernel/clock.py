"""The one place that asks what time it is.

Services take `now` as an argument; doors and tasks get it here.
"""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """Return the current moment, aware, in UTC."""
    return timezone.now()
