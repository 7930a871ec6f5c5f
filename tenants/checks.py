"""House rules of a network of shops, checked when the software starts."""

from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connection

from kernel import ids
from tenants.signing import ShopKey

KEY_FUNCTION = "django_tenants.cache.make_key"

Apps = Sequence[AppConfig] | None


@register()
def caches_carry_the_shop(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Every cache alias must put the schema into its keys."""
    return [
        Error(
            f"The cache “{alias}” keeps one shop's entries where another looks.",
            hint=f"Set KEY_FUNCTION to {KEY_FUNCTION!r} in CACHES[{alias!r}].",
            id="quickcart.E001",
        )
        for alias, options in settings.CACHES.items()
        if options.get("KEY_FUNCTION") != KEY_FUNCTION
    ]


@register(Tags.security)
def cookies_are_host_only(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """No cookie may be shared between the hosts of the network."""
    names = ("SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_DOMAIN", "LANGUAGE_COOKIE_DOMAIN")
    return [
        Error(
            f"{name} would send one shop's cookie to the others.",
            hint="Leave it None.",
            id="quickcart.E002",
        )
        for name in names
        if getattr(settings, name, None)
    ]


@register()
def site_id_is_not_set(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """The site is the host's; a fixed id is another row in another shop."""
    if getattr(settings, "SITE_ID", None) is None:
        return []
    return [
        Error(
            "SITE_ID names a row by number, and the number differs by shop.",
            hint="Remove SITE_ID.",
            id="quickcart.E003",
        )
    ]


@register(Tags.security)
def keys_are_per_shop(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """The signing key must be derived per shop."""
    if isinstance(settings.SECRET_KEY, ShopKey) and not settings.SECRET_KEY_FALLBACKS:
        return []
    if isinstance(settings.SECRET_KEY, ShopKey) and all(
        isinstance(key, ShopKey) for key in settings.SECRET_KEY_FALLBACKS
    ):
        return []
    return [
        Error(
            "What one shop signs would be believed by every other.",
            hint="Wrap SECRET_KEY and its fallbacks in tenants.signing.ShopKey.",
            id="quickcart.E004",
        )
    ]


@register(Tags.database)
def pooler_tracks_search_path(
    app_configs: Apps, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """A transaction pooler that forgets search_path mixes shops' data.

    Two statements outside a transaction may reach two servers through it.
    """
    if not databases:
        return []
    try:
        if not _search_path_is_lost():
            return []
    except DatabaseError:
        return []  # no database to ask: other checks and the caller say so
    return [
        Error(
            "The database connection goes through a transaction pooler that "
            "does not keep search_path: shops would read each other's rows.",
            hint=(
                "Use PgBouncer 1.25.2 or newer with track_extra_parameters = "
                "search_path in front of PostgreSQL 18, or session pooling."
            ),
            id="quickcart.E005",
        )
    ]


def _search_path_is_lost() -> bool:
    """Set a path, let another connection take the server, and ask for the path.

    Poolers hand out the server used last: the second connection, in a transaction,
    holds the one that heard of the path, and the first has to be given another.
    """
    probe = f"probe_{ids.random_reference(12)}"
    set_path = "SELECT set_config('search_path', %s, false)"
    rival = connection.copy()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path')")
        before = cursor.fetchone()[0]
        cursor.execute(set_path, [probe])
        try:
            rival.set_autocommit(False)
            with rival.cursor() as holding:
                holding.execute("SELECT 1")
                cursor.execute("SELECT current_setting('search_path')")
                found = cursor.fetchone()[0]
        finally:
            cursor.execute(set_path, [before])
            rival.close()
    return bool(found != probe)


@register(Tags.database)
def shops_have_their_tables(
    app_configs: Apps, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Every shop's schema must hold what the software expects of it."""
    if not databases:
        return []
    from tenants import fleet

    try:
        behind = fleet.shops_behind()
    except DatabaseError:
        return []  # not migrated yet
    errors: list[CheckMessage] = []
    for shop in behind:
        missing = sorted(fleet.missing_tables(shop))
        detail = f" and lacks {', '.join(missing[:5])}" if missing else ""
        errors.append(
            Error(
                f"The shop “{shop.subdomain}” is behind in migrations{detail}.",
                hint="Run manage.py migrate.",
                id="quickcart.E006",
            )
        )
    return errors
