"""Every test's ground: the embedded services and a database with three shops.

A template database is built once for each set of migrations and requirements;
each worker copies it (2–3 s). It holds `alder` and `birch`, whose rows have the
same primary keys, and `cedar`, whose keys are all shifted: a leak between shops
shows either as somebody else's row or as a row that does not exist.
"""

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Leave names alone: the copies below have their own."""


@pytest.fixture(scope="session")
def django_db_setup(
    worker_id: str, django_db_blocker: "pytest.FixtureRequest"
) -> Iterator[None]:
    from support import database

    with django_db_blocker.unblock():
        template = database.ensure_template()
        with database.copy_of(template, label=worker_id):
            yield


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture
def live_database(
    django_db_setup: None, worker_id: str, django_db_blocker: "pytest.FixtureRequest"
) -> Iterator[str]:
    """A database of the test's own, in which transactions really commit.

    For races, sockets and real servers; yields its name.
    """
    from support import database

    with (
        django_db_blocker.unblock(),
        database.copy_of(database.ensure_template(), label=f"{worker_id}_live") as name,
    ):
        yield name


def _shop(subdomain: str):
    from tenants import context
    from tenants.models import Shop

    with context.in_public():
        return Shop.objects.get(subdomain=subdomain)


@pytest.fixture
def alder(db):
    """A shop; its primary keys are those of `birch`."""
    return _shop("alder")


@pytest.fixture
def birch(db):
    """Another shop, with the same primary keys as `alder`."""
    return _shop("birch")


@pytest.fixture
def cedar(db):
    """A shop all of whose primary keys are shifted."""
    return _shop("cedar")


@pytest.fixture
def shop(alder):
    """`alder`, in force for the whole test."""
    from tenants import context

    with context.inside(alder):
        yield alder


@pytest.fixture
def media_root(tmp_path, settings):
    """A folder of the test's own for pictures, of which nothing is known yet.

    Wagtail keeps renditions under a picture's number, which in another test's database
    was another picture's.
    """
    from django.core.cache import cache

    cache.clear()
    settings.MEDIA_ROOT = str(tmp_path)
    return tmp_path
