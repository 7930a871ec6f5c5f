"""Whether a program lives, and whether it should be sent customers.

Living is answering. Ready is more: the database answers in time and holds what this
release needs. Valkey and the disk are told of and not required: ordering goes on
without the one, reading without the other.
"""

import functools
import importlib.util
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from quickcart.observability import figures
from quickcart.observability.probes import Probe
from tenants import context, template

#: Seconds a readiness probe may take, and for which its answer is good.
PATIENCE = 2.0
FRESH = 1.0
#: Seconds for which a database known to be migrated is not asked again.
MIGRATED_FRESH = 60.0
#: A disk with less than this is told of.
SMALLEST_DISK = 500 * 1024 * 1024

OK = "ok"

_migrated_until = 0.0


def ask_database() -> str:
    """Return "ok", or what the database lacks."""
    global _migrated_until  # noqa: PLW0603 (one database, one answer for the process)
    with context.in_public(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        if time.monotonic() < _migrated_until:
            return OK
        missing = _missing_migrations()
    if missing:
        return f"{missing} migrations are missing"
    _migrated_until = time.monotonic() + MIGRATED_FRESH
    return OK


def _missing_migrations() -> int:
    """Count this release's migrations that hub or template lack.

    What is there beyond them was made by a newer release, which this one is being
    replaced by: it can go on until then. Shops that are behind are figures, not a
    reason: one that cannot be migrated must not close the others.
    """
    applied = _applied_in("public") & _applied_in(template.TEMPLATE_SCHEMA)
    return len(known_migrations() - applied)


def _applied_in(schema_name: str) -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"{schema_name}.django_migrations"])
        if cursor.fetchone()[0] is None:
            return set()
        cursor.execute(f"SELECT app, name FROM {schema_name}.django_migrations")  # noqa: S608 (our own two names)
        return set(cursor.fetchall())


@functools.cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """Return every migration of this release by name; none is imported for it."""
    return frozenset(
        (config.label, path.stem)
        for config in apps.get_app_configs()
        for path in _migrations_of(config.name, config.label)
    )


def _migrations_of(module: str, label: str) -> list[Path]:
    name = settings.MIGRATION_MODULES.get(label, f"{module}.migrations")
    spec = importlib.util.find_spec(name) if name else None
    places = (spec and spec.submodule_search_locations) or []
    return [
        path
        for place in places
        for path in Path(place).glob("*.py")
        if path.stem[0] not in "_~"
    ]


database = Probe(ask_database, fresh=FRESH, patience=PATIENCE)


class Readiness:
    """The source of one figure: whether this program should be sent customers."""

    def collect(self) -> Iterator[Metric]:
        is_ready, _parts = readiness()
        yield GaugeMetricFamily(
            "quickcart_ready", "Ready for customers.", value=float(is_ready)
        )


def readiness() -> tuple[bool, dict[str, str]]:
    """Return whether the program is ready, and what each part says."""
    answer = database.answer()
    said = answer.value or answer.problem
    waiting = figures.valkey.answer()
    free = shutil.disk_usage(settings.VAR).free
    return said == OK, {
        "database": said,
        "valkey": OK if waiting.value is not None else f"away: {waiting.problem}",
        "disk": OK if free > SMALLEST_DISK else f"{free // 2**20} MiB are left",
    }
