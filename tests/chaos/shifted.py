"""Settings of programs whose clock can be put forward and back while they run.

The file that CHAOS_CLOCK names says by how many seconds; it is read at every look. What
Django, the product and Celery ask is moved: `timezone.now`, on which `kernel.clock`
stands, and `time.time`.
"""

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from quickcart.settings.local import *  # noqa: F403 (as settings do)

_now, _time = timezone.now, time.time
_said = Path(os.environ["CHAOS_CLOCK"])


def _seconds() -> float:
    return float(_said.read_text())


def _shifted_now() -> datetime:
    return _now() + timedelta(seconds=_seconds())


def _shifted_time() -> float:
    return _time() + _seconds()


timezone.now = _shifted_now
time.time = _shifted_time
