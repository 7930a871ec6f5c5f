"""`manage.py createsuperuser`: an admin of the network, or of one shop."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.core.management.base import CommandError, CommandParser
from django.db import IntegrityError

from tenants import context
from tenants.models import Shop


class Command(createsuperuser.Command):
    help = (
        "Make an account that may do everything: on the hub, or with --shop in one "
        "shop. Without a terminal, give --noinput with DJANGO_SUPERUSER_EMAIL and "
        "DJANGO_SUPERUSER_PASSWORD in the environment."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--shop", metavar="NAME", help="the shop's subdomain; the hub if not given"
        )

    def handle(self, *args: Any, shop: str | None = None, **options: Any) -> None:
        try:
            if shop is None:
                with context.in_public():
                    super().handle(*args, **options)
                return
            with context.inside(_shop(shop)):
                super().handle(*args, **options)
        except IntegrityError:
            raise CommandError(
                "This e-mail address has an account here already."
            ) from None


def _shop(subdomain: str) -> Shop:
    with context.in_public():
        found = Shop.objects.filter(subdomain=subdomain.lower()).first()
    if found is None:
        raise CommandError(f"There is no shop named “{subdomain}”.")
    return found
