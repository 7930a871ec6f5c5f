"""The WSGI entry point: pages of the hub and of every shop."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [
    path for path in (str(ROOT), str(ROOT / "platform")) if path not in sys.path
]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quickcart.settings.local")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from quickcart.observability import programs

programs.web()
# Loads applications and middleware, and so all that counts and asks.
application = get_wsgi_application()

from quickcart import pressure

pressure.bound_statements(
    statement=settings.LONGEST_STATEMENT, lock=settings.LONGEST_LOCK
)
