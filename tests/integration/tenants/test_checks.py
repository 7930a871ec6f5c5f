"""Each house rule speaks when it is broken, and is silent when it is kept."""

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import checks as django_checks
from django.core.checks import CheckMessage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, OperationalError, connection

from tenants import checks, context, fleet
from tenants.signing import ShopKey

HOUSE = {f"quickcart.E{number:03}" for number in range(1, 7)}


def ids(messages: list[CheckMessage]) -> list[str]:
    return [str(message.id) for message in messages]


def test_the_rules_are_kept_here(db):
    found = django_checks.run_checks(databases=["default"])

    assert not HOUSE & set(ids(found))


def test_every_rule_is_registered():
    registered = {
        check.__name__ for check in django_checks.registry.registry.get_checks()
    }

    assert {
        "caches_carry_the_shop",
        "cookies_are_host_only",
        "site_id_is_not_set",
        "keys_are_per_shop",
        "pooler_tracks_search_path",
        "shops_have_their_tables",
    } <= registered


@pytest.mark.parametrize("function", [None, "django.core.cache.backends.base.default"])
def test_a_cache_that_knows_no_shop_is_named(settings, function):
    broken = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    if function:
        broken["KEY_FUNCTION"] = function
    settings.CACHES = {**django_settings.CACHES, "sessions": broken}

    found = checks.caches_carry_the_shop(None)

    assert ids(found) == ["quickcart.E001"]
    assert "sessions" in found[0].msg


@pytest.mark.parametrize(
    "name", ["SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_DOMAIN", "LANGUAGE_COOKIE_DOMAIN"]
)
def test_a_cookie_for_every_host_is_named(settings, name):
    setattr(settings, name, ".localhost")

    found = checks.cookies_are_host_only(None)

    assert ids(found) == ["quickcart.E002"]
    assert name in found[0].msg


def test_a_site_by_number_is_refused(settings):
    settings.SITE_ID = 1

    assert ids(checks.site_id_is_not_set(None)) == ["quickcart.E003"]


@pytest.mark.parametrize(
    ("key", "fallbacks", "expected"),
    [
        ("one secret for all", [], ["quickcart.E004"]),
        (ShopKey("new"), ["old and shared"], ["quickcart.E004"]),
        (ShopKey("new"), [ShopKey("old"), "older"], ["quickcart.E004"]),
        (ShopKey("new"), [ShopKey("old")], []),
        (ShopKey("new"), [], []),
    ],
)
def test_a_key_for_all_shops_is_refused(settings, key, fallbacks, expected):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = key, fallbacks

    assert ids(checks.keys_are_per_shop(None)) == expected


class Pooler:
    """Two servers behind one address, as far as the check looks at them."""

    def __init__(self, *, changes_servers: bool, tracks: bool) -> None:
        self.changes_servers, self.tracks = changes_servers, tracks
        self.is_first_server_taken = False
        self.client_path = self.first_path = self.second_path = "public, extensions"

    @contextmanager
    def cursor(self) -> Any:
        yield self

    def execute(self, sql: str, parameters: tuple[str, ...] = ()) -> None:
        if parameters:
            (self.first_path,) = (self.client_path,) = parameters

    def fetchone(self) -> tuple[str, ...]:
        if not (self.is_first_server_taken and self.changes_servers):
            return (self.first_path,)
        return (self.client_path if self.tracks else self.second_path,)

    def copy(self) -> "Rival":
        return Rival(self)


class Rival:
    def __init__(self, pooler: Pooler) -> None:
        self.pooler = pooler

    def set_autocommit(self, _is_on: bool) -> None:
        pass

    @contextmanager
    def cursor(self) -> Any:
        self.pooler.is_first_server_taken = True
        yield self

    def execute(self, _sql: str) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("pooler", "expected"),
    [
        (Pooler(changes_servers=False, tracks=False), []),
        (Pooler(changes_servers=True, tracks=True), []),
        (Pooler(changes_servers=True, tracks=False), ["quickcart.E005"]),
    ],
    ids=["session pooling", "tracks the path", "forgets the path"],
)
def test_a_pooler_that_forgets_the_path_is_refused(monkeypatch, pooler, expected):
    monkeypatch.setattr(checks, "connection", pooler)

    found = checks.pooler_tracks_search_path(None, databases=["default"])

    assert ids(found) == expected


def test_the_pooler_is_judged_from_within_a_shop_as_well(shop):
    assert checks.pooler_tracks_search_path(None, databases=["default"]) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        assert cursor.fetchone() == (shop.schema_name,)


def test_a_judgement_that_fails_leaves_the_path_as_it_was(shop, monkeypatch):
    """No second connection could be had, say."""

    class NoMore(Rival):
        def cursor(self) -> Any:
            raise OperationalError

    monkeypatch.setattr(connection, "copy", lambda: NoMore(None))

    assert checks.pooler_tracks_search_path(None, databases=["default"]) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        assert cursor.fetchone() == (shop.schema_name,)


def _forget_a_migration() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'pickup'")


def _drop_a_table() -> None:
    _forget_a_migration()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE pickup_closure CASCADE")


@pytest.mark.parametrize(
    ("harm", "said"),
    [(_forget_a_migration, "behind"), (_drop_a_table, "pickup_closure")],
)
def test_a_shop_that_was_left_behind_is_named(
    birch, harm: Callable[[], None], said: str
):
    with context.inside(birch):
        harm()

    found = checks.shops_have_their_tables(None, databases=["default"])

    assert ids(found) == ["quickcart.E006"]
    assert "birch" in found[0].msg
    assert said in found[0].msg


@pytest.mark.parametrize(
    "check", [checks.pooler_tracks_search_path, checks.shops_have_their_tables]
)
def test_without_a_database_nothing_is_said(check, monkeypatch):
    def fail(*args: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(checks, "_search_path_is_lost", fail)
    monkeypatch.setattr(fleet, "shops_behind", fail)

    assert check(None, databases=None) == []
    assert check(None, databases=["default"]) == []


def test_nothing_is_migrated_through_a_pooler_that_forgets(monkeypatch):
    monkeypatch.setattr(checks, "_search_path_is_lost", lambda: True)
    monkeypatch.setattr(fleet, "migrate_hub", pytest.fail)

    with pytest.raises(CommandError, match="search_path"):
        call_command("migrate")
