"""Databases of a test's own."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from support import database

pytestmark = pytest.mark.slow


def name_of_the_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        return cursor.fetchone()[0]


def in_the_thread_of_all_loops():
    async def ask():
        return await sync_to_async(name_of_the_database)()

    return asyncio.run(ask())


def test_every_thread_asks_the_one_pointed_at(django_db_setup, django_db_blocker):
    template = database.ensure_template()

    with django_db_blocker.unblock():
        for label in ("first", "second"):
            with database.copy_of(template, label=label) as name:
                assert name_of_the_database() == name
                assert in_the_thread_of_all_loops() == name
