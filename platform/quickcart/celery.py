"""The Celery application: every task knows its shop or does not run."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [
    path for path in (str(ROOT), str(ROOT / "platform")) if path not in sys.path
]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quickcart.settings.local")

from tenant_schemas_celery.app import CeleryApp

from quickcart import broker
from quickcart.observability import heartbeat, programs

broker.install()
app = CeleryApp("quickcart", task_cls="tenants.guard:GuardedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(heartbeat.step())
programs.worker()
