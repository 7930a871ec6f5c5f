"""Settings of a worker process: database, broker and mail server are its test's."""

from quickcart.settings.test import *  # noqa: F403 (as settings do)
from quickcart.settings.test import CELERY_BROKER_TRANSPORT_OPTIONS, DATABASES, env

DATABASES["default"]["CONN_MAX_AGE"] = 300
CELERY_BROKER_TRANSPORT_OPTIONS = {
    **CELERY_BROKER_TRANSPORT_OPTIONS,
    "global_keyprefix": env("TEST_BROKER_PREFIX"),
}
server = env.email_url("EMAIL_URL")
MAIL_TRANSPORT = server.pop("EMAIL_BACKEND")
globals().update(server)
