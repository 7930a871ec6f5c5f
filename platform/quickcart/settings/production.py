"""Online: every address and secret comes from the environment, none has a default.

A secret NAME may be in a file that NAME_FILE names, as containers give them. It stays
out of the environment, which whatever we start would inherit.
"""

import os
from collections import ChainMap
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from quickcart.settings.parts.place import env

SECRETS = ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"]
MORE_SECRETS = ["SECRET_KEY_FALLBACKS", "QUICKCART_WATCH_TOKEN", "SENTRY_DSN"]
in_files = {
    name: Path(file).read_text().strip()
    for name in [*SECRETS, *MORE_SECRETS]
    if (file := os.environ.get(f"{name}_FILE"))
}
env.ENVIRON = ChainMap(in_files, os.environ)

from quickcart.settings.base import *  # noqa: E402
from quickcart.settings.base import QUICKCART_DOMAIN, STORAGES, VAR  # noqa: E402
from tenants.signing import ShopKey  # noqa: E402

REQUIRED = [*SECRETS, "QUICKCART_DOMAIN"]
if missing := [name for name in REQUIRED if not env(name, default="")]:
    raise ImproperlyConfigured(f"Set in the environment: {', '.join(missing)}.")

SECRET_KEY = ShopKey(env("SECRET_KEY"))
SECRET_KEY_FALLBACKS = [
    ShopKey(key) for key in env.list("SECRET_KEY_FALLBACKS", default=[])
]
server = env.email_url("EMAIL_URL")
MAIL_TRANSPORT = server.pop("EMAIL_BACKEND")
globals().update(server)

QUICKCART_SCHEME = "https"
QUICKCART_PORT = env.int("QUICKCART_PORT", default=443)
ALLOWED_HOSTS = [QUICKCART_DOMAIN, f".{QUICKCART_DOMAIN}"]
CSRF_TRUSTED_ORIGINS: list[str] = []

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Who asks is what so many proxies of ours say; without it, all visitors together
# would share one allowance of sign-in attempts.
QUICKCART_PROXIES = env.int("QUICKCART_PROXIES", default=1)
QUICKCART_LIMITS = env.bool("QUICKCART_LIMITS", default=True)
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
QUICKCART_NOTICES_COOKIE = "__Host-messages"
QUICKCART_DEVICE_COOKIE = "__Host-device"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
OSCAR_BASKET_COOKIE_SECURE = True
OSCAR_BASKET_COOKIE_OPEN = "__Host-basket"
OSCAR_RECENTLY_VIEWED_COOKIE_SECURE = True

LOGGING["handlers"]["console"]["formatter"] = env(
    "QUICKCART_LOG_FORMAT", default="json"
)
LOGGING["loggers"]["quickcart.requests"]["level"] = env(
    "QUICKCART_LOG_REQUESTS", default="INFO"
).upper()

#: Collected when the image is built: not among the data.
STATIC_ROOT = env("QUICKCART_STATIC", default=str(VAR / "static"))
STORAGES["staticfiles"] = {"BACKEND": "quickcart.collected.CollectedFiles"}
