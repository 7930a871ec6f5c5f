"""The ASGI entry point: sockets, and pages too under `runserver`."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [
    path for path in (str(ROOT), str(ROOT / "platform")) if path not in sys.path
]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quickcart.settings.local")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()

from channels.routing import ProtocolTypeRouter

from quickcart import websocket

application = ProtocolTypeRouter({"http": pages, "websocket": websocket.application})
