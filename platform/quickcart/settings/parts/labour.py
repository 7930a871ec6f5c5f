"""Celery: how tasks are sent and run, and which run by themselves."""

from celery.schedules import crontab

from quickcart.settings.parts.data import REDIS_URL, WATCHED

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
    # By the clock: beat forgets at each start how long it has waited, so a day counted
    # from there would never be over where something new goes online every day.
    "prune-the-outboxes": {
        "task": "notifications.tasks.prune_everywhere",
        "schedule": crontab(hour=2, minute=10),
    },
    "clear-abandoned-baskets": {
        "task": "storefront.commerce.tasks.clear_baskets_everywhere",
        "schedule": crontab(hour=2, minute=30),
    },
    "clear-expired-sessions": {
        "task": "accounts.tasks.clear_sessions_everywhere",
        "schedule": crontab(hour=2, minute=50),
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
