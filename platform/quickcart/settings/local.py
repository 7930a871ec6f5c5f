"""A developer's machine and the demo: everything local, nothing to set up.

The secret is made at the first start and kept beside the data.
"""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from quickcart import locality, services

# Whatever reads these settings has a database: the embedded one if none is named.
services.ensure_environment(Path(__file__).resolve().parents[3])

from quickcart.settings.base import *  # noqa: E402
from quickcart.settings.base import QUICKCART_DOMAIN, VAR, env  # noqa: E402
from tenants.signing import ShopKey  # noqa: E402

# The demo's passwords are in its documentation, and nothing here asks for TLS.
if not (locality.is_local(QUICKCART_DOMAIN) or os.environ.get("QUICKCART_DEMO_ONLINE")):
    raise ImproperlyConfigured(
        f"The demo is not to be found at {QUICKCART_DOMAIN}: its passwords are known. "
        "Online, set DJANGO_SETTINGS_MODULE=quickcart.settings.production "
        "(docs/operations.md); to show the demo all the same, QUICKCART_DEMO_ONLINE=yes."
    )


def _kept_secret() -> str:
    path = VAR / "secret_key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        VAR.mkdir(parents=True, exist_ok=True)
        # "x" so that of two processes that start at once one writes, one reads.
        try:
            with path.open("x") as file:
                path.chmod(0o600)
                file.write(secrets.token_urlsafe(50))
        except FileExistsError:
            pass
        return path.read_text().strip()


SECRET_KEY = ShopKey(env("SECRET_KEY", default="") or _kept_secret())
DEBUG = env.bool("DEBUG", default=False)
QUICKCART_DEMO = True
ALLOWED_HOSTS = [QUICKCART_DOMAIN, f".{QUICKCART_DOMAIN}", "127.0.0.1"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
# Straight from where they lie: nothing to collect, nothing to be out of date.
STATIC_ROOT = None  # type: ignore[assignment]  # base.py's is a path
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}

MAIL_TRANSPORT = "hub.mailbox.EmailBackend"
if env("EMAIL_URL", default=""):
    server = env.email_url("EMAIL_URL")
    MAIL_TRANSPORT = server.pop("EMAIL_BACKEND")
    globals().update(server)
