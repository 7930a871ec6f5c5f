"""The post office's counter: how outboxes stand, dead letters, and what to do."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kernel import clock
from notifications.models import Message
from notifications.services import dead_letters
from tenants import context
from tenants.models import Shop

HUB = "hub"


class Command(BaseCommand):
    help = "Show how outboxes stand; list, replay, drop or prune their messages."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = ["stats", "list", "replay", "drop", "prune"]
        parser.add_argument("action", choices=actions)
        parser.add_argument(
            "--shop", help=f"A subdomain, or “{HUB}”; without it, hub and all shops."
        )
        parser.add_argument(
            "--id",
            type=int,
            action="append",
            help="Replay, or drop, this message only.",
        )
        parser.add_argument(
            "--days", type=int, default=30, help="Prune what was done before (30)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["id"] and not options["shop"]:
            raise CommandError("Ids differ from shop to shop: say --shop.")
        if options["action"] == "drop" and not options["id"]:
            raise CommandError("Say which, as “list” names them: --shop and --id.")
        for name, place in _places(options["shop"]):
            with place:
                getattr(self, f"_{options['action']}")(name, options)

    def _stats(self, name: str, options: dict[str, Any]) -> None:
        found = dead_letters.stats()
        since = found.oldest_due_at
        waiting = f", oldest since {since:%Y-%m-%d %H:%M:%S}Z" if since else ""
        self.stdout.write(
            f"{name}: {found.due} due{waiting}, {found.done} done, {found.dead} dead"
        )

    def _list(self, name: str, options: dict[str, Any]) -> None:
        for letter in Message.objects.dead().order_by("pk").iterator():
            self.stdout.write(
                f"{name} {letter.pk} {letter} ({letter.attempts} attempts): "
                f"{letter.last_error}"
            )

    def _replay(self, name: str, options: dict[str, Any]) -> None:
        replayed = dead_letters.replay(now=clock.now(), ids=options["id"])
        if replayed or options["shop"]:
            self.stdout.write(f"{name}: {replayed} replayed")

    def _drop(self, name: str, options: dict[str, Any]) -> None:
        try:
            letters = dead_letters.drop(ids=options["id"], now=clock.now())
        except dead_letters.NotDeadError as error:
            words = f"{name}: no dead letter: {error}. Nothing is dropped."
            raise CommandError(words) from error
        for letter in letters:
            self.stdout.write(f"{name}: {letter.pk} {letter} dropped")

    def _prune(self, name: str, options: dict[str, Any]) -> None:
        before = clock.now() - timedelta(days=options["days"])
        self.stdout.write(f"{name}: {dead_letters.prune(before=before)} deleted")


def _places(wanted: str | None) -> Iterator[tuple[str, Any]]:
    """Yield names, each with the context manager that puts it in force.

    Raises:
        CommandError: there is no such shop.
    """
    if wanted in {None, HUB}:
        yield HUB, context.in_public()
    if wanted == HUB:
        return
    with context.in_public():
        shops = list(Shop.objects.order_by("subdomain"))
    if wanted is not None:
        shops = [shop for shop in shops if shop.subdomain == wanted]
        if not shops:
            raise CommandError(f"There is no shop “{wanted}”.")
    for shop in shops:
        yield shop.subdomain, context.inside(shop)
