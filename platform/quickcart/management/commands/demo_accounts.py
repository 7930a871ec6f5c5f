"""`manage.py demo_accounts`: addresses and sign-ins, as a table."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import User
from quickcart.demo import people, shops
from tenants import hosts
from tenants.models import Shop

Row = tuple[str, str, str]


class Command(BaseCommand):
    help = "List the addresses of the network and the demo's sign-ins."

    def handle(self, *args: Any, **options: Any) -> None:
        rows: list[Row] = [("Hub", hosts.hub_url(), "")]
        if User.objects.filter(email=people.ADMIN_EMAIL).exists():
            rows += [
                ("  platform admin", hosts.hub_url("/platform/"), people.ADMIN_EMAIL)
            ]
        by_subdomain = {shop.subdomain: shop for shop in Shop.objects.order_by("name")}
        for data in shops.files():
            shop = by_subdomain.pop(data["subdomain"], None)
            if shop is not None:
                rows += _rows(shop, data)
        rows += [
            (shop.name, hosts.shop_url(shop), "") for shop in by_subdomain.values()
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(2)]
        for name, address, email in rows:
            line = f"{name:<{widths[0]}}  {address:<{widths[1]}}  {email}"
            self.stdout.write(line.rstrip())
        self.stdout.write(f"\nEvery demo password is: {people.PASSWORD}")


def _rows(shop: Shop, data: shops.Data) -> list[Row]:
    customer = shops.customers_of(data)[0]
    staff = [
        (f"  {person.role}", hosts.shop_url(shop, "/admin/"), person.email)
        for person in shops.staff_of(data)
    ]
    sign_in = hosts.shop_url(shop, "/account/login/")
    return [
        (shop.name, hosts.shop_url(shop), ""),
        *staff,
        ("  customer", sign_in, customer.email),
    ]
