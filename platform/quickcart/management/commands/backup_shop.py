"""`manage.py backup_shop`: one shop, into a folder."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kernel import clock
from quickcart.backup import shop, tools
from tenants import context
from tenants.models import Shop


class Command(BaseCommand):
    help = "Write one shop (schema, pictures, hosts) into a folder under FOLDER."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subdomain")
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, subdomain: str, folder: Path, **options: Any) -> None:
        with context.in_public():
            found = Shop.objects.filter(subdomain=subdomain).first()
        if found is None:
            raise CommandError(f"There is no shop named “{subdomain}”.")
        try:
            written = shop.save(shop=found, into=folder, now=clock.now())
        except (tools.BackupError, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(str(written))
