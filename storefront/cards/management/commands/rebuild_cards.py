"""Write every card of a shop, or of all shops, anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kernel import clock
from storefront.cards import services
from storefront.cards.models import ProductCard
from storefront.oscar_apps.catalogue.models import Product
from tenants import context
from tenants.models import Shop

_PORTION = 500


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("shop", nargs="?", help="subdomain of a shop")
        parser.add_argument("--all", action="store_true", help="every shop")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["shop"]) == options["all"]:
            raise CommandError("Name one shop, or say --all.")
        with context.in_public():
            shops = Shop.objects.order_by("subdomain")
            if options["shop"]:
                shops = shops.filter(subdomain=options["shop"])
            found = list(shops)
        if not found:
            raise CommandError(f"There is no shop “{options['shop']}”.")
        for shop in found:
            with context.inside(shop):
                self._rebuild(shop)

    def _rebuild(self, shop: Shop) -> None:
        ids = list(Product.objects.order_by("pk").values_list("pk", flat=True))
        written = 0
        for start in range(0, len(ids), _PORTION):
            written += services.rebuild(ids[start : start + _PORTION], now=clock.now())
            done = min(start + _PORTION, len(ids))
            self.stderr.write(f"{shop.subdomain}: {done} of {len(ids)} products")
        ProductCard.objects.exclude(product__in=ids).delete()
        self.stdout.write(f"{shop.subdomain}: {written} cards written.")
