"""One shop: its schema, its pictures, its row and hosts. It is whole without the others.

For what happens to one shop alone: a keeper's mistake, a move to another network.
"""

import tarfile
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core import serializers
from django.db import transaction

from hub.models import ShopCard
from quickcart.backup import network, tools
from storefront.profile import services as profiles
from tenants import context, hosts
from tenants.database import connection
from tenants.models import Domain, Shop

ROWS, SCHEMA, MEDIA = "shop.json", "schema.dump", "media.tar"


def save(*, shop: Shop, into: Path, now: datetime) -> Path:
    """Write a shop into a folder of its own under `into`; return the folder.

    Raises:
        BackupError: it could not be written.
    """
    folder = into / f"{shop.subdomain}-{now:%Y%m%dT%H%M%SZ}"
    folder.mkdir(mode=0o700, parents=True)
    with context.in_public():
        rows = [shop, *Domain.objects.filter(tenant=shop).order_by("pk")]
        (folder / ROWS).write_text(serializers.serialize("json", rows, indent=1))
    tools.run(
        [
            tools.program("pg_dump"),
            *tools.server(),
            *("--format=custom", "--no-owner", "--no-privileges", "--no-password"),
            *(f"--schema={shop.schema_name}", f"--file={folder / SCHEMA}"),
            str(connection.get_connection_params()["dbname"]),
        ]
    )
    network.pack(_pictures_of(shop.schema_name), folder / MEDIA)
    return folder


def restore(*, folder: Path, replace: bool, now: datetime) -> Shop:
    """Bring a shop back from its folder, with the hosts it had.

    Args:
        folder: what `save` returned.
        replace: whether what there is of the shop now is given up for it.
        now: when that is.

    Raises:
        BackupError: the shop is there and not to be replaced, or its schema does not
            load; then everything is as it was.
    """
    saved = _read(folder)
    schema = saved.schema_name
    with context.in_public():
        is_there = Shop.objects.filter(schema_name=schema).exists()
        if is_there and not replace:
            raise tools.BackupError(f"{saved} is open; say --replace to give it up.")
        aside = _set_aside(schema) if is_there else None
        try:
            _load(folder / SCHEMA)
        except BaseException:  # an interruption is no reason to lose a shop either
            _take_back(schema, aside)
            raise
        _begin_anew(schema)
        shop = Shop.objects.get(schema_name=schema) if is_there else _open(folder)
        if aside:
            _drop(aside)
        # What the shop says of itself from now on is the newest, whatever it counts.
        ShopCard.objects.filter(shop=shop).update(version=0)
    target = _pictures_of(schema)
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / MEDIA) as archive:
        archive.extractall(target, filter="data")
    with context.inside(shop):
        profiles.publish(now=now)
    return shop


def _pictures_of(schema_name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / schema_name


def _read(folder: Path) -> Shop:
    try:
        text = (folder / ROWS).read_text()
    except OSError as error:
        raise tools.BackupError(f"{folder / ROWS}: {error.strerror}") from error
    for row in serializers.deserialize("json", text):
        if isinstance(row.object, Shop):
            return row.object
    raise tools.BackupError(f"{folder / ROWS} names no shop.")


def _open(folder: Path) -> Shop:
    """Write the shop's rows; their numbers may be somebody else's by now.

    Its own host is the one it has in this network, which may be of another domain.
    """
    shop = _read(folder)
    rows = serializers.deserialize("json", (folder / ROWS).read_text())
    with transaction.atomic():
        shop.pk = None
        shop.save(force_insert=True)
        for row in rows:
            domain = row.object
            if isinstance(domain, Domain):
                domain.pk, domain.tenant = None, shop
                if domain.is_primary:
                    domain.domain = hosts.host_of(shop.subdomain)
                domain.save(force_insert=True)
    return shop


def _set_aside(schema: str) -> str | None:
    """Rename a shop's schema; return its new name, or None if there is none.

    Where an earlier restore was cut short, what it set aside is the live one.
    """
    aside = f"{schema}_before"
    if not _is_there(schema):
        return aside if _is_there(aside) else None
    _drop(aside)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SCHEMA {_quoted(schema)} RENAME TO {_quoted(aside)}")
    return aside


def _is_there(schema: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [_quoted(schema)])
        return bool(cursor.fetchone()[0])


def _take_back(schema: str, aside: str | None) -> None:
    _drop(schema)
    if aside:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER SCHEMA {_quoted(aside)} RENAME TO {_quoted(schema)}")


def _drop(schema: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {_quoted(schema)} CASCADE")


def _quoted(name: str) -> str:
    quoted: str = connection.ops.quote_name(name)
    return quoted


def _begin_anew(schema: str) -> None:
    """Name the edition of the shop's pages anew, and end the sessions of back then.

    What was kept of pages is of another time. Sessions that were ended since the
    backup would live again; who sign in again are the same people.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {_quoted(schema)}.editions_current SET name = gen_random_uuid()"  # noqa: S608 (quoted)
        )
        cursor.execute(f"DELETE FROM {_quoted(schema)}.django_session")  # noqa: S608 (quoted)


def _load(dump: Path) -> None:
    tools.run(
        [
            tools.program("pg_restore"),
            *tools.server(),
            *("--exit-on-error", "--single-transaction", "--no-owner", "--no-password"),
            f"--dbname={connection.get_connection_params()['dbname']}",
            dump,
        ]
    )
