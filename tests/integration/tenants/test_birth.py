"""A shop is born whole, at once, and separate."""

import re
from threading import Thread

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from support import shops

from accounts.models import User
from kernel import clock
from tenants import context, provisioning, template
from tenants.models import Domain, Shop, SpareSchema, TemplateText

CONSTRAINTS = """
SELECT rel.relname, c.conname, c.contype, c.condeferrable, c.condeferred,
       pg_get_constraintdef(c.oid)
FROM pg_constraint c LEFT JOIN pg_class rel ON rel.oid = c.conrelid
WHERE c.connamespace = %s::regnamespace
"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %s"
COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity,
       identity_generation, is_generated, generation_expression,
       character_maximum_length
FROM information_schema.columns WHERE table_schema = %s
"""
SEQUENCES = """
SELECT sequencename, data_type::text, start_value, increment_by
FROM pg_sequences WHERE schemaname = %s
"""


CASTS = re.compile(r"::(character varying|text)(\[\])?|[()]")


def catalog_of(schema_name):
    """Everything PostgreSQL knows of a schema's structure, its name left out.

    Casts and brackets are left out too: `IN ('a', 'b')` over a varchar is written
    in another, equal way once it has been through a dump.
    """
    found = {}
    with connection.cursor() as cursor:
        for query in (CONSTRAINTS, INDEXES, COLUMNS, SEQUENCES):
            cursor.execute(query, [schema_name])
            found[query] = sorted(
                tuple(
                    CASTS.sub("", str(value).replace(schema_name, "SCHEMA"))
                    for value in row
                )
                for row in cursor.fetchall()
            )
    return found


def application(subdomain="dogwood", **changes):
    values = {
        "name": "Dogwood Deli",
        "subdomain": subdomain,
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
        "owner_email": "Owner@Dogwood.example",
    }
    return provisioning.Application(**(values | changes))


@pytest.mark.parametrize("name", ["alder", "birch", "cedar"])
def test_a_new_shop_has_its_owner_and_roles(name, request):
    shop = request.getfixturevalue(name)

    with context.inside(shop):
        owner = User.objects.get()
        roles = set(Group.objects.values_list("name", flat=True))

    assert owner.email == f"owner@{name}.example"
    assert not owner.has_usable_password()
    assert {"owner", "manager", "picker", "editor"} <= roles


def test_a_copy_s_structure_is_the_template_s_to_the_name(alder):
    copy = catalog_of(alder.schema_name)
    original = catalog_of(template.TEMPLATE_SCHEMA)

    assert copy == original
    assert len(original[CONSTRAINTS]) > 200


def test_the_template_holds_no_people_and_no_sessions(db):
    with context.in_schema(template.TEMPLATE_SCHEMA), connection.cursor() as cursor:
        for table in ("accounts_user", "django_session", "notifications_outbox"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,), table


def test_the_template_s_name_is_nowhere_in_a_shop(alder):
    columns = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = %s AND data_type IN ('text', 'character varying', 'jsonb')
    """
    with context.inside(alder), connection.cursor() as cursor:
        cursor.execute(columns, [alder.schema_name])
        for table, column in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" WHERE "{column}"::text LIKE %s',
                [f"%{template.TEMPLATE_SCHEMA}%"],
            )
            assert cursor.fetchone() == (0,), f"{table}.{column}"


def test_a_shop_does_not_see_public(shop):
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('tenants_shop')")

        assert cursor.fetchone() == (None,)


@pytest.mark.slow
def test_opening_leaves_the_session_s_settings_alone(live_database):
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        before = cursor.fetchone()

    provisioning.open_shop(application=application(), now=clock.now())

    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == before
        cursor.execute("SELECT count(*) FROM tenants_shop")


def test_a_spare_is_taken_when_there_is_one_and_only_once(db):
    provisioning.top_up_spares(wanted=1, now=clock.now())
    spare = SpareSchema.objects.get().schema_name

    first = provisioning.open_shop(application=application(), now=clock.now())
    second = provisioning.open_shop(application=application("elm"), now=clock.now())

    assert first.schema_name == spare
    assert second.schema_name != spare
    assert not SpareSchema.objects.exists()


def test_a_spare_of_an_older_template_is_dropped(db):
    provisioning.top_up_spares(wanted=1, now=clock.now())
    SpareSchema.objects.update(template_digest="old")
    stale = SpareSchema.objects.get().schema_name

    provisioning.top_up_spares(wanted=1, now=clock.now())

    fresh = SpareSchema.objects.get().schema_name
    assert fresh != stale
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [stale])
        assert cursor.fetchone() is None


@pytest.mark.slow
def test_a_spare_that_is_being_taken_is_not_dropped(live_database):
    """A shop is opened while a deployment makes all spares stale."""
    provisioning.top_up_spares(wanted=1, now=clock.now())
    spare = SpareSchema.objects.get().schema_name

    def deploy():
        try:
            TemplateText.objects.update(digest="of tomorrow")
            provisioning.top_up_spares(wanted=0, now=clock.now())
        finally:
            connections.close_all()

    deployment = Thread(target=deploy)
    with context.in_public(), transaction.atomic():
        taken = provisioning._take_schema()
        deployment.start()
        deployment.join(2)
    deployment.join(10)

    assert taken == spare
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [spare])
        assert cursor.fetchone()


@pytest.mark.slow
def test_a_deployment_waits_for_shops_that_are_being_opened(live_database):
    """They would be behind, and it would not know of them."""
    events = []

    def deploy():
        try:
            TemplateText.objects.update(digest="of tomorrow")
            events.append("the text is kept")
        finally:
            connections.close_all()

    deployment = Thread(target=deploy)
    with context.in_public(), transaction.atomic():
        provisioning._take_schema()
        deployment.start()
        deployment.join(1)
        events.append("the shop is there")
    deployment.join(10)

    assert events == ["the shop is there", "the text is kept"]


@pytest.mark.parametrize(
    ("subdomain", "refusal"),
    [
        ("alder", provisioning.SubdomainTaken),
        ("admin", provisioning.SubdomainReserved),
        ("", provisioning.SubdomainInvalid),
        ("-dash", provisioning.SubdomainInvalid),
        ("dash-", provisioning.SubdomainInvalid),
        ("Upper", provisioning.SubdomainInvalid),
        ("two.labels", provisioning.SubdomainInvalid),
        ("x" * 41, provisioning.SubdomainInvalid),
        ("nul\x00", provisioning.SubdomainInvalid),
        ("line\n", provisioning.SubdomainInvalid),
        ("ümlaut", provisioning.SubdomainInvalid),
    ],
)
def test_an_address_a_shop_cannot_have_is_refused_in_words(db, subdomain, refusal):
    with pytest.raises(refusal) as refused:
        provisioning.open_shop(application=application(subdomain), now=clock.now())

    assert str(refused.value)
    assert Shop.objects.count() == 3


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"currency": "eur"}, provisioning.UnknownCurrency),
        ({"currency": "XXZ"}, provisioning.UnknownCurrency),
        ({"time_zone": "Europe/Atlantis"}, provisioning.UnknownTimeZone),
        ({"time_zone": "../etc/passwd"}, provisioning.UnknownTimeZone),
        ({"language": "German"}, provisioning.UnknownLanguage),
        ({"language": ""}, provisioning.UnknownLanguage),
    ],
)
def test_an_unknown_setting_is_refused(db, changes, refusal):
    with pytest.raises(refusal):
        provisioning.open_shop(application=application(**changes), now=clock.now())


def typed(*options):
    call_command(
        *("open_shop", "dogwood", "--name=Dogwood Deli"),
        *("--owner-email=owner@dogwood.example", "--owner-name=Dora", *options),
    )


def test_a_shell_opens_a_shop_where_it_is(db):
    typed("--time-zone=Europe/Berlin", "--currency=CHF", "--language=de-ch")

    shop = Shop.objects.get(subdomain="dogwood")
    found = (shop.time_zone, shop.currency, shop.language)
    assert found == ("Europe/Berlin", "CHF", "de-ch")


def test_a_shell_takes_no_place_for_granted(db, monkeypatch):
    monkeypatch.setattr(provisioning, "open_shop", pytest.fail)

    with pytest.raises(CommandError, match="--time-zone, --currency, --language"):
        typed()


def test_a_failure_on_the_way_leaves_nothing(db, settings):
    settings.SHOP_SEEDERS = [*settings.SHOP_SEEDERS, "builtins.divmod"]

    with pytest.raises(TypeError):
        provisioning.open_shop(application=application(), now=clock.now())

    assert not Shop.objects.filter(subdomain="dogwood").exists()
    assert not Domain.objects.filter(domain__startswith="dogwood").exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname ~ '^shop_'")
        assert cursor.fetchone() == (3,)


def test_shifted_keys_are_really_shifted(cedar):
    with context.inside(cedar):
        assert User.objects.get().pk > shops.SHIFT


def test_the_kept_text_is_of_today_s_migrations_and_seeds(db):
    assert re.fullmatch(r"[0-9a-f]{64}", template.current_digest())
    assert template.current_digest() != template.migrations_digest()
    assert TemplateText.objects.get().digest == template.current_digest()
