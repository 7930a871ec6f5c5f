"""Words that betray a shop: one text in every column a person could read.

`mark_everything` writes the shop's own mark into each text of its schema. A page
of another shop in which the mark appears has read what is not its own.
"""

import contextlib
from collections.abc import Iterable

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, models, transaction

from tenants.models import Shop

#: Columns that software reads: names, keys, codes and addresses of its own.
FOR_SOFTWARE = {
    "action",
    "app_label",
    "code",
    "codename",
    "content_path",
    "contentpath",
    "currency",
    "current_time_zone",
    "dedupe_key",
    "file_hash",
    "filter_spec",
    "focal_point_key",
    "hash",
    "hostname",
    "key",
    "key_hash",
    "kind",
    "language_code",
    "line_reference",
    "model",
    "model_path",
    "object_id",
    "opening_hours",
    "parent_object_id",
    "password",
    "path",
    "payment_method",
    "pickup_windows",
    "prefix",
    "preferred_language",
    "proxy_class",
    "public_reference",
    "request_digest",
    "schema_name",
    "session_data",
    "session_key",
    "shipping_code",
    "slug",
    "status",
    "subdomain",
    "time_zone",
    "new_status",
    "old_status",
    "to_object_id",
    "url_path",
}
#: Tables the software itself finds rows in, by name.
SYSTEM_TABLES = {"auth_group", "auth_permission", "django_content_type", "django_site"}
#: A column shorter than this holds a code, not words.
SHORTEST = 24


def mark_of(subdomain: str) -> str:
    return f"canary{subdomain}"


def models_of_shops() -> list[type[models.Model]]:
    """Return every model with a table of its own in each shop's schema."""
    return [
        model
        for config in apps.get_app_configs()
        if {config.name, f"{type(config).__module__}.{type(config).__name__}"}
        & set(settings.TENANT_APPS)
        for model in config.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]


def texts_of(
    model: type[models.Model], *, shortest: int = SHORTEST
) -> list[models.Field]:
    """Return the columns of a model's own table in which words can stand."""
    return [
        field
        for field in model._meta.local_concrete_fields
        if isinstance(field, (models.CharField, models.TextField))
        and not field.choices
        and not field.primary_key
        and field.name not in FOR_SOFTWARE
        and not (field.max_length and field.max_length < shortest)
    ]


def columns_of(model: type[models.Model]) -> list[models.Field]:
    """Return the columns in which words can stand, JSON's among them."""
    return texts_of(model) + [
        field
        for field in model._meta.local_concrete_fields
        if field.get_internal_type() == "JSONField" and field.name not in FOR_SOFTWARE
    ]


def name_of(model: type[models.Model], field: models.Field) -> str:
    return f"{model._meta.db_table}.{field.column}"


def all_columns() -> set[str]:
    """Return every column of a shop in which words can stand: `table.column`."""
    return {
        name_of(model, field)
        for model in models_of_shops()
        if model._meta.db_table not in SYSTEM_TABLES
        for field in columns_of(model)
    }


def mark_everything(shop: Shop) -> set[str]:
    """Write the shop's mark into every text of its schema, which must be in force.

    Returns:
        The columns (`table.column`) in which it stands now.
    """
    mark, marked = mark_of(shop.subdomain), set()
    for model in models_of_shops():
        if model._meta.db_table in SYSTEM_TABLES:
            continue
        for field in texts_of(model):
            _mark(model._meta.db_table, field, mark)
        for field in columns_of(model):
            if _holds(model._meta.db_table, field, mark):
                marked.add(name_of(model, field))
    return marked


def _holds(table: str, field: models.Field, mark: str) -> bool:
    statement = f'SELECT 1 FROM "{table}" WHERE "{field.column}"::text LIKE %s LIMIT 1'
    with connection.cursor() as cursor:
        cursor.execute(statement, [f"%{mark}%"])
        return cursor.fetchone() is not None


def _mark(table: str, field: models.Field, mark: str) -> None:
    room = (field.max_length or 100_000) - len(mark) - 1
    expression = f"left({field.column}, {room}) || ' {mark}'"
    if isinstance(field, models.EmailField):
        expression = f"'{mark}.' || {field.column}"
    elif isinstance(field, models.URLField):
        expression = f"'https://{mark}.example/'"
    # What is absent means something, and so may what is empty where it has to be filled.
    statement = f'UPDATE "{table}" SET "{field.column}" = {expression}'
    if not field.blank or isinstance(field, (models.EmailField, models.URLField)):
        statement += f" WHERE \"{field.column}\" <> ''"
    # A constraint that wants a form of its own: told by what is missing afterwards.
    with (
        contextlib.suppress(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def found_in(text: str, words: Iterable[str]) -> set[str]:
    """Return the words that a text holds, in whatever case."""
    lower = text.lower()
    return {word for word in words if word.lower() in lower}
