"""`manage.py migrate`: the hub, the template and every shop."""

import os
import time

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.migrations.autodetector import MigrationAutodetector

from kernel import clock
from tenants import checks, fleet, provisioning, template

#: Each is a Django of some hundred megabytes, and a container's share is seldom larger.
MOST_PROCESSES = 3


class Command(BaseCommand):
    help = (
        "Migrate the hub, then the template of shops, then every shop that is "
        "behind. Schemas that are up to date are left alone."
    )
    requires_system_checks: list[str] = []
    # Django compares it with makemigrations' own.
    autodetector = MigrationAutodetector

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--spares", type=int, default=0, help="ready-made schemas to keep"
        )
        parser.add_argument(
            "--shops-may-fail",
            action="store_true",
            help="name the shops that fail, and end well: what waits for it goes on",
        )
        # What Django's own tools pass; all of it is the default here.
        parser.add_argument("--noinput", "--no-input", action="store_true")

    def handle(
        self,
        *,
        verbosity: int,
        spares: int,
        shops_may_fail: bool,
        **options: object,
    ) -> None:
        # Through a pooler that forgets the path, shops would be migrated as one.
        for error in checks.pooler_tracks_search_path(None, databases=["default"]):
            raise CommandError(f"{error.msg} {error.hint}")
        with fleet.alone(tell=self._tell):
            complaint = self._migrate(quiet=max(verbosity - 1, 0), spares=spares)
        if complaint and not shops_may_fail:
            raise CommandError(complaint)
        if complaint:
            self.stderr.write(complaint)

    def _migrate(self, *, quiet: int, spares: int) -> str:
        """Migrate everything; return a complaint about the shops that failed."""
        with _Step(self, "hub"):
            fleet.migrate_hub(verbosity=quiet)
        if fleet.template_is_current():
            self.stdout.write("  template: up to date")
        else:
            with _Step(self, "template"):
                self._build_template(quiet)
        complaint = self._migrate_shops(quiet)
        if spares:
            with _Step(self, "spare schemas"):
                provisioning.top_up_spares(wanted=spares, now=clock.now())
        return complaint

    def _build_template(self, verbosity: int) -> None:
        try:
            fleet.build_template(verbosity=verbosity)
        except template.DumpFailedError as error:
            raise CommandError(
                f"The template of shops could not be written down: {error}. Set "
                "PG_DUMP to the pg_dump of the server's own version."
            ) from None

    def _migrate_shops(self, verbosity: int) -> str:
        behind = fleet.shops_behind()
        if not behind:
            self.stdout.write("  shops: up to date")
            return ""
        with _Step(self, f"{len(behind)} shops"):
            outcomes = list(
                fleet.migrate_shops(
                    behind,
                    verbosity=verbosity,
                    tell=self._tell,
                    processes=min(os.cpu_count() or 1, MOST_PROCESSES),
                )
            )
        failed = [outcome for outcome in outcomes if outcome.error]
        names = {shop.schema_name: shop.subdomain for shop in behind}
        for outcome in failed:
            name = f"{names[outcome.schema_name]} ({outcome.schema_name})"
            self.stderr.write(f"  {name}: {outcome.error}")
        if not failed:
            return ""
        return (
            f"{len(failed)} of {len(outcomes)} shops could not be migrated; the others "
            "were. Mend the cause and run the command again: it goes on with those "
            "that are behind."
        )

    def _tell(self, line: str) -> None:
        self.stdout.write(f"    {line}")


class _Step:
    """Print a step's name when it starts and its time when it ends."""

    def __init__(self, command: BaseCommand, name: str) -> None:
        self.command, self.name = command, name

    def __enter__(self) -> None:
        self.started = time.monotonic()
        self.command.stdout.write(f"  {self.name} …")
        self.command.stdout.flush()

    def __exit__(self, *exc_info: object) -> None:
        if exc_info[0] is None:
            took = time.monotonic() - self.started
            self.command.stdout.write(f"  {self.name}: done in {took:.1f} s")
