"""As many shops as one likes, for what must not grow with them."""

import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg2
from django.db import connection
from support import worker

from kernel import clock
from tenants import context, provisioning, template
from tenants.models import Shop, TemplateText

#: One core replays while the other seeds.
OPENERS = 2


def grow_to(wanted: int) -> None:
    """Open shops until there are so many."""
    with context.in_public():
        missing = wanted - Shop.objects.count()
    with ThreadPoolExecutor(OPENERS) as openers:
        for opened in [openers.submit(_open_and_let_go) for _ in range(missing)]:
            opened.result()
    # A backend keeps what it has touched: the next reader gets a fresh one.
    connection.close()


def _open_and_let_go() -> None:
    try:
        open_one()
    finally:
        connection.close()


def open_one() -> Shop:
    """Open a shop as an admin does."""
    subdomain = f"crowd-{os.urandom(5).hex()}"
    application = provisioning.Application(
        name="One of Many",
        subdomain=subdomain,
        time_zone="Europe/Dublin",
        currency="EUR",
        owner_email=f"owner@{subdomain}.example",
        owner_name="Olive Birch",
    )
    return provisioning.open_shop(application=application, now=clock.now())


def raw_replay() -> None:
    """Replay the template's text as nothing but a driver would."""
    with context.in_public():
        text = TemplateText.objects.get(is_the_one=True)
    name = provisioning.new_schema_name()
    sql = text.sql.replace(template.TEMPLATE_SCHEMA, name)
    server = psycopg2.connect(worker.database_url())
    try:
        with server, server.cursor() as cursor:
            cursor.execute("SET LOCAL check_function_bodies = off")
            cursor.execute(sql)
    finally:
        server.close()


def seconds(work: Callable[[], object], *, times: int) -> float:
    """Return the median of the seconds a piece of work takes."""
    took = []
    for _number in range(times):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    return statistics.median(took)
