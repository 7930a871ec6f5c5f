"""Django itself: requests, pages, language, files."""

from quickcart.settings.parts.network import QUICKCART_DOMAIN
from quickcart.settings.parts.place import VAR

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

# Language and time

LANGUAGE_CODE = "en-ie"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Files

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
