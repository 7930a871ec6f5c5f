"""Many shops brought up to the template: by SQL written down once, or by Django."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from support import deployment

from tenants import context, fleet, upgrades
from tenants.models import SpareSchema

#: A leaf of the graph: a unique constraint on the customers' addresses.
APP, BEFORE, NAME = (
    "account",
    "0008_emailaddress_unique_primary_email_fixup",
    "0009_emailaddress_unique_primary_email",
)
CONSTRAINT = "unique_primary_email"
CATALOG = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = %s::regnamespace
UNION
SELECT tablename, indexname, replace(indexdef, %s || '.', '')
FROM pg_indexes WHERE schemaname = %s
"""


def take_back(shop):
    call_command(
        "migrate_schemas",
        APP,
        BEFORE,
        schema_name=shop.schema_name,
        tenant=True,
        interactive=False,
        verbosity=0,
    )
    connection.set_schema_to_public()


def catalog_of(schema_name):
    with context.in_schema(schema_name), connection.cursor() as cursor:
        cursor.execute(CATALOG, [schema_name] * 3)
        return set(cursor.fetchall())


def behind():
    return {shop.subdomain for shop in fleet.shops_behind()}


@pytest.fixture
def two_behind(live_database):
    """Alder and birch lack a migration that cedar and the template have."""
    shops = list(fleet.Shop.objects.order_by("pk"))[:2]
    for shop in shops:
        take_back(shop)
    return shops


@pytest.mark.slow
def test_shops_that_are_behind_come_up_to_the_template(two_behind, monkeypatch):
    assert behind() == {"alder", "birch"}
    monkeypatch.setattr(fleet, "migrate_schema", pytest.fail)

    outcomes = list(fleet.migrate_shops(two_behind, verbosity=0, tell=lambda line: 0))

    assert [outcome.error for outcome in outcomes] == ["", ""]
    assert behind() == set()
    cedar = fleet.Shop.objects.get(subdomain="cedar")
    for shop in two_behind:
        assert catalog_of(shop.schema_name) == catalog_of(cedar.schema_name)


def spoil(shop):
    """Let the migration that a shop lacks fail: the constraint's name is taken."""
    with context.inside(shop), connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {CONSTRAINT} ()")


@pytest.mark.slow
def test_a_shop_that_refuses_stays_as_it_was_and_the_next_is_migrated(two_behind):
    alder, birch = two_behind
    spoil(alder)

    outcomes = fleet.migrate_shops(two_behind, verbosity=0, tell=lambda line: 0)

    assert {outcome.schema_name: bool(outcome.error) for outcome in outcomes} == {
        alder.schema_name: True,
        birch.schema_name: False,
    }
    assert behind() == {"alder"}


@pytest.mark.slow
def test_a_shop_that_refuses_keeps_no_program_from_starting(two_behind, capsys):
    """The programs' containers wait for this command to end well."""
    [alder, _birch] = two_behind
    spoil(alder)
    options = deployment.command_of("migrate")[-1].rpartition(" migrate ")[2].split()

    call_command("migrate", *options)

    said = capsys.readouterr().err
    assert f"alder ({alder.schema_name}): " in said
    assert "1 of 2 shops could not be migrated" in said
    assert behind() == {"alder"}
    assert SpareSchema.objects.count() == 2
    with pytest.raises(CommandError, match="1 of 1 shops could not be migrated"):
        call_command("migrate")


@pytest.mark.slow
def test_steps_that_are_code_are_left_to_django(two_behind, monkeypatch):
    monkeypatch.setattr(upgrades, "WRITABLE", ())

    assert upgrades.write_down(two_behind[0].schema_name) is None
    outcomes = list(fleet.migrate_shops(two_behind, verbosity=0, tell=lambda line: 0))

    assert [outcome.error for outcome in outcomes] == ["", ""]
    assert behind() == set()


def test_a_shop_that_lacks_nothing_has_nothing_written_down(alder):
    assert upgrades.write_down(alder.schema_name) is None
