"""The template schema, and the text that makes a copy of it.

A shop is born by replaying the text of `pg_dump` of the template with the
schema's name replaced: about a second, every name kept, in one transaction.
The template is migrated first in every deployment, then the text is made anew
and kept in the database, beside the digest of what it was made from.
"""

import hashlib
import importlib
import inspect
import re
import subprocess
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

from kernel import programs
from tenants import context
from tenants.models import TemplateText

#: Occurs nowhere in data or code that a shop's schema holds, so that replacing
#: it in the dump replaces the schema's name and nothing else.
TEMPLATE_SCHEMA = "qctemplate_k7w3n9x2"

_META_COMMAND = re.compile(r"^\\.*$", re.MULTILINE)
_SESSION_SETTING = re.compile(
    r"^(SET [a-z_]+ = .*;|SELECT pg_catalog\.set_config\('search_path'.*\);)$",
    re.MULTILINE,
)


class TemplateMissingError(RuntimeError):
    """There is no template to open a shop from: run `manage.py migrate`."""


class DumpFailedError(RuntimeError):
    """The template could not be written down; the message says why."""


def migrations_digest() -> str:
    """Return a digest of every migration file that shapes a shop's schema."""
    digest = hashlib.sha256(TEMPLATE_SCHEMA.encode())
    names = set(settings.TENANT_APPS)
    modules = {name.rpartition(".")[0] for name in names}
    for config in sorted(apps.get_app_configs(), key=lambda config: config.name):
        if config.name not in names and type(config).__module__ not in modules:
            continue
        for path in sorted(Path(config.path).glob("migrations/*.py")):
            digest.update(f"{config.label}/{path.name}".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def current_digest() -> str:
    """Return a digest of all that the template is made of: migrations and seeds."""
    digest = hashlib.sha256(migrations_digest().encode())
    for name in settings.TEMPLATE_SEEDERS:
        module = importlib.import_module(name.rpartition(".")[0])
        digest.update(inspect.getsource(module).encode())
    return digest.hexdigest()


def seed() -> None:
    """Write the rows every shop starts with into the template.

    Seeders run again whenever the template changes: they must not mind.
    """
    with context.in_schema(TEMPLATE_SCHEMA), transaction.atomic():
        for name in settings.TEMPLATE_SEEDERS:
            import_string(name)()


def dump() -> str:
    """Return the template's structure and rows as one SQL text.

    Raises:
        DumpFailedError: pg_dump is not there, or failed; in its own words.
    """
    parameters = connection.get_connection_params()
    command = [
        settings.PG_DUMP,
        f"--schema={TEMPLATE_SCHEMA}",
        "--inserts",
        "--rows-per-insert=500",
        "--no-owner",
        "--no-privileges",
        "--no-comments",
        f"--host={parameters.get('host', '')}",
        f"--port={parameters.get('port', '')}",
        f"--username={parameters.get('user', '')}",
        parameters["dbname"],
    ]
    environment = programs.environment(PGPASSWORD=str(parameters.get("password", "")))
    try:
        done = subprocess.run(  # noqa: S603 (our own settings, no shell)
            command, env=environment, capture_output=True, text=True, check=True
        )
    except subprocess.CalledProcessError as error:
        raise DumpFailedError(error.stderr.strip()) from error
    except OSError as error:
        raise DumpFailedError(f"{settings.PG_DUMP}: {error.strerror}") from error
    return clean(done.stdout)


def clean(text: str) -> str:
    """Drop from a dump what a driver cannot run and what outlives the replay.

    psql's backslash commands mean nothing to the server; the session-wide
    settings (an empty search_path among them) would stay after the replay.
    """
    return _SESSION_SETTING.sub("", _META_COMMAND.sub("", text))


def save_text() -> TemplateText:
    """Dump the template and keep the text; spares of another digest are stale."""
    with context.in_public():
        kept, _created = TemplateText.objects.update_or_create(
            is_the_one=True, defaults={"digest": current_digest(), "sql": dump()}
        )
    return kept


def replay(schema_name: str) -> str:
    """Make a schema from the kept text, inside the caller's transaction.

    Returns:
        The digest of the text that was replayed.

    Raises:
        TemplateMissingError: no text is kept.
    """
    text = TemplateText.objects.filter(is_the_one=True).first()
    if text is None:
        raise TemplateMissingError(TemplateMissingError.__doc__)
    sql = text.sql.replace(TEMPLATE_SCHEMA, schema_name)
    with connection.cursor() as cursor:
        # Serial numbers and such are set by set_config-free statements, so the
        # only session-wide thing a replay needs is not to check function bodies.
        cursor.execute("SET LOCAL check_function_bodies = off")
        # One statement of thousands, which a busy web process must not cut short.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.cursor.execute(sql)
    return text.digest
