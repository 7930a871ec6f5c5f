"""Tests: real PostgreSQL, everything that only costs time made cheap."""

from pathlib import Path

from quickcart import services

# pytest-django reads the settings before any conftest could start them.
services.ensure_environment(Path(__file__).resolve().parents[3])

from quickcart.settings.base import *  # noqa: E402
from quickcart.settings.base import DATABASES, STORAGES, env  # noqa: E402
from tenants.signing import ShopKey  # noqa: E402

SECRET_KEY = ShopKey("only-for-tests-" + "0123456789abcdef" * 3)
QUICKCART_DEMO = True
ALLOWED_HOSTS = [".localhost", "testserver"]
DATABASES["default"]["CONN_MAX_AGE"] = 0

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "KEY_FUNCTION": "django_tenants.cache.make_key",
    },
}
# Tests roll back what they write, and a name that was never committed is nobody's.
QUICKCART_EDITIONS = False
QUICKCART_PAGE_CACHE = False
QUICKCART_EDITION_SECONDS = 0.0
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
CELERY_BROKER_URL = env("TEST_BROKER_URL", default="memory://")
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
