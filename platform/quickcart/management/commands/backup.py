"""`manage.py backup`: the whole network, into a folder."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kernel import clock
from quickcart.backup import network, tools


class Command(BaseCommand):
    help = (
        "Back up the whole server and every shop's pictures into FOLDER, and check the "
        "copy. DATABASE_URL must lead straight to PostgreSQL, to an account that may "
        "replicate."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--keep", type=int, default=7, help="backups to keep there (7)"
        )

    def handle(self, *args: Any, folder: Path, keep: int, **options: Any) -> None:
        if keep < 1:
            raise CommandError("Keep one backup at least.")
        try:
            backup = network.take(into=folder, now=clock.now(), tell=self._tell)
        except tools.BackupError as error:
            raise CommandError(str(error)) from None
        network.stamp()
        for old in network.prune(folder, keep=keep):
            self._tell(f"{old.folder.name} deleted")
        self.stdout.write(f"{backup.folder}: {backup.size / 1024**2:.0f} MB")

    def _tell(self, line: str) -> None:
        self.stdout.write(f"  {line}")
        self.stdout.flush()
