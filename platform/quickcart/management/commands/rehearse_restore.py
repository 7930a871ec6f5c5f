"""`manage.py rehearse_restore`: back up, restore beside, compare."""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kernel import clock
from quickcart.backup import network, rehearsal, tools

#: A container's stop, and a line that is cut.
ENDS = (signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = (
        "Take a backup of the running network, restore it into a second server on this "
        "machine, and compare every table and file. Or restore an older backup there, "
        "to fetch something out of it. The network is not disturbed."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--workplace",
            type=Path,
            help="an empty place with room for the network twice (a temporary one)",
        )
        parser.add_argument(
            "--backup",
            type=Path,
            metavar="FOLDER",
            help="restore this one, which is only read, and compare nothing",
        )
        parser.add_argument(
            "--keep-running",
            action="store_true",
            help="with --backup: until Ctrl-C; then the copy is deleted",
        )

    def handle(
        self,
        *args: Any,
        workplace: Path | None,
        backup: Path | None,
        keep_running: bool,
        **options: Any,
    ) -> None:
        if keep_running != bool(backup):
            raise CommandError("--backup and --keep-running go together.")
        try:
            with _ends_as_ctrl_c(), _place(workplace) as place:
                if backup:
                    self._keep_running(backup, place)
                else:
                    self._judge(self._rehearse(place))
        except tools.BackupError as error:
            raise CommandError(str(error)) from None

    def _judge(self, report: rehearsal.Report) -> None:
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

    def _keep_running(self, folder: Path, place: Path) -> None:
        address, workplace = place / "database_url", place / "restored"
        with suppress(KeyboardInterrupt):
            backup = network.at(folder)
            self._tell("restoring")
            rehearsal.unpack(backup, workplace)
            with rehearsal.serving(workplace) as port:
                address.touch(mode=0o600)  # it holds the network's own password
                address.write_text(rehearsal.address(port))
                self._tell("running until Ctrl-C, for commands that are told")
                self._tell(f"export DATABASE_URL_FILE='{address}'")
                self._tell('export DATABASE_URL="$(cat "$DATABASE_URL_FILE")"')
                self._tell(f"export QUICKCART_VAR='{workplace}'")
                while True:
                    signal.pause()

    def _tell(self, line: str) -> None:
        self.stdout.write(f"  {line}")
        self.stdout.flush()


@contextmanager
def _place(within: Path | None) -> Iterator[Path]:
    """Make a folder for the block; nothing of it is left."""
    place = Path(tempfile.mkdtemp(prefix="quickcart-", dir=within))
    try:
        if os.geteuid() == 0:
            # The server may have to run under another account, which passes through.
            place.chmod(0o711)
        yield place
    finally:
        rehearsal.clear(place)


@contextmanager
def _ends_as_ctrl_c() -> Iterator[None]:
    """Let the block be interrupted by whatever ends a program from outside, once.

    Who said nohup is obeyed.
    """

    def interrupt(*_told: object) -> NoReturn:
        for number in before:  # a second one would disturb the tidying up
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in ENDS}
    before = {n: told for n, told in before.items() if told is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, told in before.items():
            signal.signal(number, told)
