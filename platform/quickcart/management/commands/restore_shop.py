"""`manage.py restore_shop`: one shop, from the folder it was written into."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kernel import clock
from quickcart.backup import shop, tools
from tenants import context, fleet, hosts


class Command(BaseCommand):
    help = "Bring one shop back from the folder that backup_shop wrote."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--replace",
            action="store_true",
            help="give up what the shop holds now for what it held then",
        )

        parser.add_argument(
            "--subdomain",
            default="",
            help="the address of a shop that is new here, if not the one it had",
        )

    def handle(
        self, *args: Any, folder: Path, replace: bool, subdomain: str, **options: Any
    ) -> None:
        try:
            back = shop.restore(
                folder=folder, replace=replace, subdomain=subdomain, now=clock.now()
            )
        except tools.BackupError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{back.name} is back at {hosts.shop_url(back)}")
        with context.in_public():
            is_behind = back in fleet.shops_behind()
        if is_behind:
            self.stdout.write(
                "Its tables are of another release: it shows errors until migrate has "
                "run."
            )
