"""`manage.py open_shop`: the admin's form, from a shell."""

import time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from kernel import clock, refusal
from tenants import hosts, provisioning

#: What has no default, for nothing changes it later; how to say it.
EXAMPLES = {"--time-zone": "Europe/Dublin", "--currency": "EUR", "--language": "en-ie"}


class Command(BaseCommand):
    help = "Open a shop: its schema, host, first pages and owner."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subdomain")
        parser.add_argument("--name", required=True)
        parser.add_argument("--owner-email", required=True)
        parser.add_argument("--owner-name", default="")
        for name, example in EXAMPLES.items():
            parser.add_argument(name, required=True, metavar=example)

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        fields = [
            "name",
            "subdomain",
            "owner_email",
            "owner_name",
            "time_zone",
            "currency",
            "language",
        ]
        application = provisioning.Application(**{key: options[key] for key in fields})
        try:
            validate_email(application.owner_email)
            shop = provisioning.open_shop(application=application, now=clock.now())
        except (refusal.Refusal, ValidationError) as error:
            raise CommandError(str(error)) from None
        took = time.monotonic() - started
        self.stdout.write(
            f"{shop.name} is open at {hosts.shop_url(shop)} ({took:.2f} s)"
        )
