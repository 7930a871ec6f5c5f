"""`manage.py load_demo`: three shops to look at, and who may sign in."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from kernel import clock
from quickcart.demo import orders, people, shops
from tenants import context
from tenants.models import Shop


class Command(BaseCommand):
    help = "Open the demo's shops with goods, pages, people and orders."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="do nothing where there are shops already (the demo's are finished)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.QUICKCART_DEMO:
            raise CommandError("This is no demo: its sign-ins are known to everybody.")
        files = list(shops.files())
        names = [data["subdomain"] for data in files]
        others = Shop.objects.exclude(subdomain__in=names).exists()
        if options["if_empty"] and others and not _any_of(names):
            self.stdout.write("  There are shops already.")
            return
        people.save_admin()
        for data in files:
            self._load(data)

    def _load(self, data: shops.Data) -> None:
        started, now = time.monotonic(), clock.now()
        shop = Shop.objects.filter(subdomain=data["subdomain"]).first()
        is_new = shop is None
        if shop is None:
            shop = shops.open_filled(data, now=now)
        with context.inside(shop):
            placed = orders.write(data, now=now)
        if is_new or placed:
            took = time.monotonic() - started
            goods = len(data["products"])
            self.stdout.write(
                f"  {shop.name}: {goods} products, {placed} orders ({took:.1f} s)"
            )
        else:
            self.stdout.write(f"  {shop.name}: there")


def _any_of(names: list[str]) -> bool:
    return Shop.objects.filter(subdomain__in=names).exists()
