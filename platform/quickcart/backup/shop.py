"""One shop: its schema, its pictures, its row and hosts. It is whole without the others.

For what happens to one shop alone: a keeper's mistake, a move to another network.
"""

import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.sites.models import Site as DjangoSite
from django.core import serializers
from django.core.serializers.base import DeserializationError
from django.db import DatabaseError, transaction
from wagtail.models import Site

from hub.models import ShopCard
from kernel import refusal
from quickcart.backup import network, tools
from storefront.profile import services as profiles
from tenants import context, hosts, provisioning
from tenants.database import connection
from tenants.models import Domain, Shop

ROWS, SCHEMA, MEDIA = "shop.json", "schema.dump", "media.tar"


def save(*, shop: Shop, into: Path, now: datetime) -> Path:
    """Write a shop into a folder of its own under `into`; return the folder.

    Raises:
        BackupError, OSError: it could not be written; nothing of it is left.
    """
    folder = into / f"{shop.subdomain}-{now:%Y%m%dT%H%M%SZ}"
    draft = folder.with_name(folder.name + network.UNFINISHED)
    with network.drafted(draft):
        with context.in_public():
            rows = [shop, *Domain.objects.filter(tenant=shop).order_by("pk")]
            (draft / ROWS).write_text(serializers.serialize("json", rows, indent=1))
        tools.run(
            [
                tools.program("pg_dump"),
                *tools.server(),
                *("--format=custom", "--no-owner", "--no-privileges", "--no-password"),
                *(f"--schema={shop.schema_name}", f"--file={draft / SCHEMA}"),
                str(connection.get_connection_params()["dbname"]),
            ]
        )
        network.pack(_pictures_of(shop.schema_name), draft / MEDIA)
        draft.rename(folder)
    return folder


def restore(*, folder: Path, replace: bool, now: datetime, subdomain: str = "") -> Shop:
    """Bring a shop back from its folder; one that is new here is open from now on.

    Args:
        folder: what `save` returned.
        replace: whether what there is of the shop now is given up for it.
        now: when that is.
        subdomain: the address of a shop that is new here, if not the one it had.

    Raises:
        BackupError: the shop is there and not to be replaced, its address is
            another's, or the folder does not load; then everything is as it was.
    """
    saved, others = _read(folder)
    _check_pictures(folder / MEDIA)
    schema = saved.schema_name
    with context.in_public():
        shop = Shop.objects.filter(schema_name=schema).first()
        is_there = shop or _is_there(schema) or _is_there(_aside(schema))
        if is_there and not replace:
            raise tools.BackupError(f"{saved} is here; say --replace to give it up.")
        if shop is None:
            saved.subdomain = subdomain or saved.subdomain
            _check_hosts(saved, others)
        elif subdomain not in {"", shop.subdomain}:
            raise tools.BackupError(f"{shop} is here, and keeps its address.")
        aside = _set_aside(schema)
        with _or_as_it_was(schema, aside):
            _load(folder / SCHEMA)
            with transaction.atomic():
                _begin_anew(schema)
                shop = shop or _open(saved, others)
                _name_the_sites(shop)
                _unpack(folder / MEDIA, _pictures_of(schema))
                if aside:
                    _drop(aside)  # with the rest: as long as it is there, it counts
        # What the shop says of itself from now on is the newest, whatever it counts.
        ShopCard.objects.filter(shop=shop).update(version=0)
    # Tables of an older release may lack what is told.
    with suppress(DatabaseError), context.inside(shop):
        profiles.publish(now=now)
    return shop


def _pictures_of(schema_name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / schema_name


def _read(folder: Path) -> tuple[Shop, list[Domain]]:
    """Return the shop, and the hosts it had besides its own."""
    try:
        text = (folder / ROWS).read_text()
        rows = [row.object for row in serializers.deserialize("json", text)]
    except OSError as error:
        raise tools.BackupError(f"{folder / ROWS}: {error.strerror}") from error
    except (DeserializationError, UnicodeDecodeError) as error:
        raise tools.BackupError(f"{folder / ROWS}: {error}") from error
    others = [row for row in rows if isinstance(row, Domain) and not row.is_primary]
    for row in rows:
        if isinstance(row, Shop):
            return row, others
    raise tools.BackupError(f"{folder / ROWS} names no shop.")


def _check_pictures(archive: Path) -> None:
    """Read an archive's list to its end, before a shop is given up for it."""
    try:
        with tarfile.open(archive) as opened:
            for member in opened:
                tarfile.data_filter(member, settings.MEDIA_ROOT)
            with archive.open("rb") as file:
                file.seek(opened.offset)
                end = file.read(tarfile.RECORDSIZE)
    except (OSError, tarfile.TarError) as error:
        raise tools.BackupError(f"{archive}: {error}") from error
    # What is no header ends a list as well as the zeros that should.
    if not end or end.strip(b"\0"):
        raise tools.BackupError(f"{archive}: It is damaged or was cut short.")


def _check_hosts(shop: Shop, others: list[Domain]) -> None:
    try:
        provisioning.check_subdomain(shop.subdomain)
    except refusal.Refusal as error:
        raise tools.BackupError(f"{error} (--subdomain NAME)") from error
    names = [other.domain for other in others]
    taken = Domain.objects.filter(domain__in=names).select_related("tenant").first()
    if taken:
        raise tools.BackupError(f"{taken} is {taken.tenant}'s: take it out of {ROWS}.")


def _open(shop: Shop, others: list[Domain]) -> Shop:
    """Write the shop's rows; their numbers may be somebody else's by now.

    Its own host is the one it has in this network. It may have been closed to move.
    """
    shop.pk, shop.state = None, Shop.State.LIVE
    shop.save(force_insert=True)
    own = Domain(domain=hosts.host_of(shop.subdomain), is_primary=True)
    for domain in [own, *others]:
        domain.pk, domain.tenant = None, shop
        domain.save(force_insert=True)
    return shop


def _name_the_sites(shop: Shop) -> None:
    """Write the host of today into the shop's own rows; older ones have them, too."""
    host = hosts.host_of(shop.subdomain)
    with context.inside(shop):
        DjangoSite.objects.update(domain=host)
        Site.objects.filter(is_default_site=True).update(hostname=host)
        Site.clear_site_root_paths_cache()


def _unpack(archive: Path, target: Path) -> None:
    """Add an archive's pictures to a folder; one that is new is removed if that fails."""
    is_new = not target.exists()
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as opened:
            opened.extractall(target, filter="data")
    except BaseException:
        if is_new:
            shutil.rmtree(target, ignore_errors=True)
        raise


@contextmanager
def _or_as_it_was(schema: str, aside: str | None) -> Iterator[None]:
    try:
        yield
    except BaseException as error:  # an interruption is no reason to lose a shop either
        _take_back(schema, aside)
        if isinstance(error, DatabaseError | OSError | tarfile.TarError):
            raise tools.BackupError(str(error)) from error
        raise


def _aside(schema: str) -> str:
    return f"{schema}_before"


def _set_aside(schema: str) -> str | None:
    """Rename a shop's schema; return its new name, or None if there is none.

    Where an earlier restore was killed, what it set aside is the live one still, and
    what it loaded is given up: the last step of a restore drops what was set aside.
    """
    aside = _aside(schema)
    if _is_there(aside):
        _drop(schema)
        return aside
    if not _is_there(schema):
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SCHEMA {_quoted(schema)} RENAME TO {_quoted(aside)}")
    return aside


def _is_there(schema: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [_quoted(schema)])
        return bool(cursor.fetchone()[0])


def _take_back(schema: str, aside: str | None) -> None:
    if aside and not _is_there(aside):
        return  # interrupted behind the last step: it is done
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
