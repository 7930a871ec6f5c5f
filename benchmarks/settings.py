"""QuickCart as it is online, as far as a benchmark's page can tell.

The embedded servers and plain HTTP; beside the product's own addresses there are two
pages to compare with, and a count of queries for whoever asks for it.
"""

from quickcart.settings.local import *  # noqa: F403
from quickcart.settings.local import MIDDLEWARE
from tenants.signing import ShopKey

SECRET_KEY = ShopKey("only-for-benchmarks-" + "0123456789abcdef" * 3)
QUICKCART_DEMO = False
ROOT_URLCONF = "benchmarks.reference"
MIDDLEWARE = ["benchmarks.kit.counting.QueryCountMiddleware", *MIDDLEWARE]
MAIL_TRANSPORT = "django.core.mail.backends.dummy.EmailBackend"
EMAIL_HOST = "localhost"
