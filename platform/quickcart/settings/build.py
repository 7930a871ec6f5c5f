"""For building an image: files only, no server and no secret that is kept."""

import secrets

from quickcart.settings.base import *
from quickcart.settings.base import STORAGES, VAR, env
from tenants.signing import ShopKey

SECRET_KEY = ShopKey(secrets.token_urlsafe(50))
STATIC_ROOT = env("QUICKCART_STATIC", default=str(VAR / "static"))
STORAGES["staticfiles"] = {"BACKEND": "quickcart.collected.CollectedFiles"}
