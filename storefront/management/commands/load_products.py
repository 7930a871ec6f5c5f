"""Load products from a CSV file into a shop; those it has become as the file says."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kernel import clock, refusal
from storefront.products import loading, reading, rows
from tenants import context
from tenants.models import Shop

_BAR = 30


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("shop", help="subdomain of the shop")
        parser.add_argument(
            "file",
            type=Path,
            help="a CSV file with a header; - is what is sent: … - < list.csv",
        )
        parser.add_argument(
            "--layout",
            choices=sorted(reading.LAYOUTS),
            help="kind of file (found out by its header)",
        )
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="FACT=COLUMN",
            help="take a fact from a column of another name: title=Product",
        )
        parser.add_argument(
            "--only",
            action="append",
            default=[],
            metavar="CATEGORY",
            help="load this top category only; may be repeated",
        )
        parser.add_argument(
            "--stock",
            type=int,
            default=0,
            help="stock of a new product whose row has none (0)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        shop = self._shop(options["shop"])
        with context.inside(shop):
            try:
                report = self._load(options)
            except refusal.Refusal as refused:
                raise CommandError(str(refused)) from None
        self._tell(report)

    def _shop(self, subdomain: str) -> Shop:
        with context.in_public():
            shop = Shop.objects.filter(subdomain=subdomain).first()
        if shop is None:
            raise CommandError(f"There is no shop “{subdomain}”.")
        return shop

    def _load(self, options: dict[str, Any]) -> loading.Report:
        if not 0 <= options["stock"] <= rows.MAX_STOCK:
            raise CommandError("--stock must be a number of things, 0 or more.")
        reader = reading.Reader(
            options["file"],
            layout=reading.LAYOUTS.get(options["layout"]),
            columns=_columns(options["column"]),
            only=options["only"],
        )
        lines = list(reader)
        self._progress(0, len(lines))
        return loading.load(
            lines,
            now=clock.now(),
            facts=reader.facts,
            default_stock=options["stock"],
            progress=lambda report: self._progress(report.read, len(lines)),
        )

    def _progress(self, done: int, total: int) -> None:
        filled = _BAR * done // total if total else _BAR
        bar = "█" * filled + "░" * (_BAR - filled)
        is_terminal = sys.stderr.isatty()
        end = "\n" if not is_terminal or done >= total else ""
        start = "\r" if is_terminal else ""
        self.stderr.write(f"{start}{bar} {done} of {total} rows", ending=end)
        self.stderr.flush()

    def _tell(self, report: loading.Report) -> None:
        for refused in report.refused:
            name = f" “{refused.title}”" if refused.title else ""
            self.stdout.write(f"Row {refused.number}{name} refused: {refused.reason}")
        self.stdout.write(
            f"{report.read} rows read: {report.loaded} loaded, "
            f"{report.updated} updated, {report.unchanged} unchanged, "
            f"{len(report.refused)} refused."
        )


def _columns(named: list[str]) -> dict[str, str]:
    columns = {}
    for pair in named:
        fact, equals, column = pair.partition("=")
        if not (equals and column and fact in rows.FIELDS - {"picture"}):
            raise CommandError(f"--column {pair}: write it like title=Product.")
        columns[fact] = column
    return columns
