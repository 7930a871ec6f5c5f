"""`manage.py rehearse_restore`: back up, restore beside, compare."""

import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kernel import clock
from quickcart.backup import network, rehearsal, tools


class Command(BaseCommand):
    help = (
        "Take a backup of the running network, restore it into a second server on this "
        "machine, and compare every table and file. The network is not disturbed."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--workplace",
            type=Path,
            help="an empty place with room for the network twice (a temporary one)",
        )

    def handle(self, *args: Any, workplace: Path | None, **options: Any) -> None:
        place = Path(tempfile.mkdtemp(prefix="quickcart-", dir=workplace))
        # The server may have to run under another account, which passes through.
        place.chmod(0o755)
        try:
            report = self._rehearse(place)
        except tools.BackupError as error:
            raise CommandError(str(error)) from None
        finally:
            rehearsal.clear(place)
        self.stdout.write(
            f"{report.tables} tables with {report.rows} rows and {report.files} files "
            f"restored in {report.seconds:.1f} s; {len(report.moving)} tables changed "
            "meanwhile"
        )
        if report.different:
            names = "\n  ".join(report.different[:20])
            raise CommandError(f"{len(report.different)} are not the same:\n  {names}")
        self.stdout.write("Everything is the same.")

    def _rehearse(self, place: Path) -> rehearsal.Report:
        before = rehearsal.now_in_database()
        backup = network.take(into=place / "backup", now=clock.now(), tell=self._tell)
        self._tell("restoring")
        return rehearsal.rehearse(
            backup=backup, before=before, workplace=place / "restored"
        )

    def _tell(self, line: str) -> None:
        self.stdout.write(f"  {line}")
        self.stdout.flush()
