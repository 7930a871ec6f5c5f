"""Logs and figures, and when a request is turned away."""

from pathlib import Path
from typing import Any

from quickcart.settings.parts.place import VAR, env

# Logging

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

# Being watched (docs/howto/watch.md)

#: Opens /metrics and the reasons of /readyz to a caller that is not this machine.
WATCH_TOKEN = env("QUICKCART_WATCH_TOKEN", default="")
#: Where errors are reported to; empty: nowhere.
SENTRY_DSN = env("SENTRY_DSN", default="")
#: Shops with a line of their own in the figures; the others are counted as one.
#: Without names it is the first so many.
METRICS_SHOPS = env.list("QUICKCART_METRICS_SHOPS", default=[])
METRICS_MOST_SHOPS = 20
#: Where programs leave figures and signs of life: on this machine, not shared.
WATCH_DIRECTORY = Path(env("QUICKCART_WATCH_DIRECTORY", default=str(VAR / "watch")))
#: Further folders whose disks are watched: of backups, of the archived log.
WATCH_PLACES = env.list("QUICKCART_WATCH_PLACES", default=[])
#: Touched by whoever made a backup, when it is safe.
BACKUP_STAMP = VAR / "last-backup"
#: Seconds after which a request is worth a warning.
SLOW_REQUEST = env.float("QUICKCART_SLOW_REQUEST", default=2.0)
#: Where figures of the worker are answered; 0: nowhere.
WORKER_METRICS_PORT = env.int("QUICKCART_WORKER_METRICS_PORT", default=0)

# Pressure (quickcart.pressure), in seconds; 0: no bound

LONGEST_STATEMENT = env.float("QUICKCART_LONGEST_STATEMENT", default=15)
#: An order that waits for another's lock longer is asked to try again.
LONGEST_LOCK = env.float("QUICKCART_LONGEST_LOCK", default=5)
#: A request that stood in the proxy's queue longer is turned away.
LONGEST_QUEUE = env.float("QUICKCART_LONGEST_QUEUE", default=10)
