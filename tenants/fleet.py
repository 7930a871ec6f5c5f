"""Migrations over every schema: which are behind, and bringing them up."""

import functools
import gc
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.sql import (
    emit_post_migrate_signal,
    emit_pre_migrate_signal,
)
from django.db import router
from django.db.migrations.executor import MigrationExecutor

from tenants import context, template, upgrades
from tenants.database import connection
from tenants.models import Shop, TemplateText
from tenants.processes import each_of

logger = logging.getLogger(__name__)

#: Names the right to migrate a database: any number, the same for every process.
LOCK = 7_140_312
#: Seconds between two questions whether it is free.
PATIENCE = 1.0

DIGESTS_SQL = "SELECT schema_name, digest FROM quickcart_migration_digests()"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one schema."""

    schema_name: str
    error: str = ""


@contextmanager
def alone(*, tell: Callable[[str], None]) -> Iterator[None]:
    """Let one process at a time migrate a database; the others wait for their turn.

    They ask again and again: who waits inside the server has a snapshot, which
    CREATE INDEX CONCURRENTLY of the one at work would wait for in turn.
    """
    keeper = connection.copy()
    try:
        keeper.set_autocommit(autocommit=False)
        has_told = False
        while not _try_lock(keeper):
            if not has_told:
                tell("another process is migrating; waiting for it")
                has_told = True
            keeper.rollback()
            time.sleep(PATIENCE)
        yield
    finally:
        keeper.close()


def _try_lock(keeper: Any) -> bool:
    """Take the right for the keeper's transaction; say whether it was free."""
    with keeper.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def template_is_current() -> bool:
    """Say whether the kept text was made from today's migrations and seeds."""
    text = TemplateText.objects.filter(is_the_one=True).only("digest").first()
    return text is not None and text.digest == template.current_digest()


def migrate_hub(*, verbosity: int) -> None:
    """Run the migrations of the hub's apps in public; note the others as applied.

    The shop apps' migrations change nothing in public, but Django would render
    their models at every step, which is most of the time a migration takes. Noted
    as applied, they keep public's history whole, as django-tenants leaves it.
    """
    connection.set_schema_to_public()
    executor = MigrationExecutor(connection)
    if _note(executor, _parts_of_squashed(executor, known_only=True)):
        executor = MigrationExecutor(connection)
    executor.loader.check_consistent_history(connection)
    labels = {
        config.label
        for config in apps.get_app_configs()
        if config.name in settings.SHARED_APPS
    }
    leaves = [node for node in executor.loader.graph.leaf_nodes() if node[0] in labels]
    plan = executor.migration_plan(leaves)
    if plan:
        alias = connection.alias
        emit_pre_migrate_signal(verbosity, interactive=False, db=alias, plan=plan)
        executor.migrate(leaves, plan)
        emit_post_migrate_signal(verbosity, interactive=False, db=alias, plan=plan)
    executor.recorder.ensure_schema()
    nodes = set(executor.loader.graph.nodes)
    _note(executor, nodes | _parts_of_squashed(executor, known_only=False))


def _parts_of_squashed(
    executor: MigrationExecutor, *, known_only: bool
) -> set[tuple[str, str]]:
    """Return what squashed migrations stand for.

    Django takes one for applied only if the same is known of each of its parts;
    a hub that was migrated before this was seen knows of the whole alone.
    """
    applied = executor.recorder.applied_migrations()
    return {
        part
        for name, squashed in executor.loader.replacements.items()
        if name in applied or not known_only
        for part in squashed.replaces
    }


def _note(executor: MigrationExecutor, names: set[tuple[str, str]]) -> bool:
    """Note migrations as applied; say whether any was not yet."""
    recorder = executor.recorder
    missing = sorted(names - set(recorder.applied_migrations()))
    if missing:
        recorder.migration_qs.bulk_create(
            recorder.Migration(app=app, name=name) for app, name in missing
        )
    return bool(missing)


def migrate_schema(schema_name: str, *, verbosity: int) -> None:
    """Run the migrations of the shop apps in one schema."""
    call_command(
        "migrate_schemas",
        schema_name=schema_name,
        tenant=True,
        interactive=False,
        verbosity=verbosity,
    )


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Look for garbage a thirtieth as often as usual.

    Migrations render every model hundreds of times over. At Python's usual pace the
    collector takes a fifth of their time; at this one the process grows by 80 MB.
    """
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def build_template(*, verbosity: int) -> None:
    """Migrate the template schema, seed it, and keep its text.

    One that was never finished is made anew: it holds nothing of value, and not
    every migration that was killed on its way can be run a second time.
    """
    name = template.TEMPLATE_SCHEMA
    with connection.cursor() as cursor:
        if not TemplateText.objects.exists():
            cursor.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
    with _collecting_seldom():
        migrate_schema(template.TEMPLATE_SCHEMA, verbosity=verbosity)
    template.seed()
    template.save_text()


def shops_behind() -> list[Shop]:
    """Return the shops whose applied migrations differ from the template's."""
    histories = _histories()
    expected = histories.get(template.TEMPLATE_SCHEMA)
    return [
        shop
        for shop in Shop.objects.order_by("pk")
        if histories.get(shop.schema_name) != expected
    ]


def _histories() -> dict[str, str]:
    """Return a digest of the applied migrations of each schema, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(DIGESTS_SQL)
        return dict(cursor.fetchall())


def migrate_shops(
    shops: list[Shop],
    *,
    verbosity: int,
    tell: Callable[[str], None],
    processes: int = 1,
) -> Iterator[Outcome]:
    """Migrate shops; one that fails does not stop the others.

    Those of one history go together: what they lack is written down once and run in
    each, or, where it cannot be written down, Django does it in several processes.
    """
    names = {shop.schema_name: shop.subdomain for shop in shops}
    histories = _histories()
    groups: dict[str | None, list[str]] = {}
    for schema_name in names:
        groups.setdefault(histories.get(schema_name), []).append(schema_name)
    number = 0
    for group in groups.values():
        upgrade = _written_down(group[0])
        if upgrade is not None:
            outcomes = each_of(functools.partial(_upgrade, upgrade), group, processes=1)
        else:
            work = functools.partial(_migrate, verbosity=verbosity)
            outcomes = each_of(work, group, processes=processes)
        for outcome in outcomes:
            number += 1
            tell(f"{number}/{len(shops)} {names[outcome.schema_name]}")
            yield outcome


def _written_down(schema_name: str) -> upgrades.Upgrade | None:
    """Return what the shops of a schema's history lack, if it can be written down.

    A schema so odd that it fails is for Django to trip over: in that shop alone.
    """
    try:
        return upgrades.write_down(schema_name)
    except Exception:
        logger.exception("what a shop lacks could not be written down")
        return None


def _upgrade(upgrade: upgrades.Upgrade, schema_name: str) -> Outcome:
    return _outcome(schema_name, lambda: upgrades.apply(upgrade, schema_name))


def _migrate(schema_name: str, *, verbosity: int) -> Outcome:
    return _outcome(
        schema_name, lambda: migrate_schema(schema_name, verbosity=verbosity)
    )


def _outcome(schema_name: str, work: Callable[[], None]) -> Outcome:
    try:
        work()
    except Exception as error:
        logger.exception("a shop could not be migrated")
        return Outcome(schema_name, error=f"{type(error).__name__}: {error}")
    finally:
        connection.set_schema_to_public()
    return Outcome(schema_name)


def missing_tables(shop: Shop) -> set[str]:
    """Return the tables the models of a shop need and its schema lacks."""
    with context.inside(shop), connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        needed = {
            model._meta.db_table
            for config in apps.get_app_configs()
            for model in router.get_migratable_models(config, "default")
            if model._meta.managed
        }
    return needed - present


def schemas_where(condition: str) -> list[str]:
    """Return the shops' schemas in which an SQL condition holds, in one query.

    Args:
        condition: a boolean SQL expression; `%1$I` in it is the schema's name.
            It is code, never input: nothing in it is escaped.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT schema_name FROM quickcart_schemas_where(%s)", [condition]
        )
        return [row[0] for row in cursor.fetchall()]
