"""QuickCart's pages in a process that dies on demand, between commit and wake-up.

Served in place of `quickcart.wsgi`. Whoever wants a death puts the file DEMAND into
the var directory; the next process that has committed a message takes it and goes.
"""

import contextlib
import os
import signal

from django.conf import settings

# Django is set up by it, and must be for all that follows.
from quickcart.wsgi import application  # isort: split

from notifications import wakeup
from notifications.handlers import Lane

__all__ = ["DEMAND", "application"]

DEMAND = "die-before-the-next-wake-up"

_send = wakeup.send


def _die_or_send(schema_name: str, **options: Lane) -> bool:
    # Only one of several processes can take it away.
    with contextlib.suppress(FileNotFoundError):
        (settings.VAR / DEMAND).unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return _send(schema_name, **options)


wakeup.send = _die_or_send
