"""A shop stays in force whatever becomes of the transaction it was entered in.

PostgreSQL takes back a path that was set in a transaction with the transaction.
"""

from contextlib import contextmanager, suppress

import pytest
from django.db import connection, transaction

from tenants import context
from tenants.models import Shop


class TakenBack(Exception):
    pass


@contextmanager
def taken_back():
    with suppress(TakenBack), transaction.atomic():
        yield
        raise TakenBack


def path():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return cursor.fetchone()[0]


@pytest.mark.slow
def test_the_path_is_set_again_after_a_transaction_was_rolled_back(live_database):
    shop = Shop.objects.get(subdomain="alder")

    with context.inside(shop):
        with taken_back():
            assert path() == shop.schema_name

        assert path() == shop.schema_name
    assert path() == "public"


def test_the_path_is_set_again_after_a_savepoint_was_rolled_back(alder, birch):
    with context.inside(alder):
        with taken_back(), context.inside(birch):
            assert path() == birch.schema_name

        assert path() == alder.schema_name
        with context.inside(birch):
            with taken_back():
                assert path() == birch.schema_name
            assert path() == birch.schema_name


def test_a_shop_entered_within_a_savepoint_that_is_kept_is_left_again(alder, birch):
    with context.inside(alder):
        with transaction.atomic(), context.inside(birch):
            assert path() == birch.schema_name

        assert path() == alder.schema_name
