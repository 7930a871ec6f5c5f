"""Where the attacks happen: the three filled shops, the hub, people of every role."""

import itertools
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.core.cache import cache
from django.db import transaction
from django.test import Client, override_settings
from support import ground as support_ground
from support.ground import Filled

from accounts.models import User
from hub.models import CapturedMail, ShopCard
from kernel import clock
from tenants import context

#: Who visits a shop, and who the hub.
ROLES = ("anonymous", "customer", "picker", "editor", "manager", "owner", "admin")
HUB_ROLES = ("visitor", "user", "admin")
BACKEND = support_ground.BACKEND
HUB_MARK = "canaryhub"

_numbers = itertools.count()


@dataclass
class Hub:
    """The hub, where each shop is listed and two people have an account."""

    people: dict[str, User]
    mail: int

    host = {"host": "localhost"}

    def browser(self, user: User | None = None) -> Client:
        client = Client(headers=self.host, raise_request_exception=False)
        if user is not None:
            with context.in_public():
                client.force_login(user, backend=support_ground.BACKEND)
        return client


@dataclass
class Ground:
    """Everything there is to attack."""

    shops: dict[str, Filled]
    hub: Hub

    def others(self, own: Filled) -> set[str]:
        """Return the words no answer of this shop may hold."""
        words = {HUB_MARK}
        return words.union(
            *(each.betraying for each in self.shops.values() if each is not own)
        )

    def neighbours(self, own: Filled) -> list[Filled]:
        return [each for each in self.shops.values() if each is not own]


@contextmanager
def opened() -> Iterator[Ground]:
    """Fill the shops and the hub in a database that goes away afterwards."""
    label = f"attack{next(_numbers)}"
    with (
        tempfile.TemporaryDirectory(prefix="quickcart-attack-") as media,
        support_ground.network(label=label, media=Path(media)) as shops,
    ):
        cache.clear()
        with quiet():
            yield Ground(shops, _hub(shops))


@contextmanager
def quiet() -> Iterator[None]:
    """Log nothing: an attack is refused thousands of times."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


@contextmanager
def uncounted() -> Iterator[None]:
    """Limit nobody: what is refused as too often is not read, let alone judged."""
    with override_settings(ACCOUNT_RATE_LIMITS=False, QUICKCART_LIMITS=False):
        yield


def _hub(shops: dict[str, Filled]) -> Hub:
    with context.in_public():
        people = {
            "user": User.objects.create_user(
                "user@hub.example", support_ground.PASSWORD
            ),
            "admin": User.objects.create_superuser(
                "admin@hub.example", support_ground.PASSWORD
            ),
        }
        for person in people.values():
            person.first_name, person.last_name = "Hub", HUB_MARK
            person.save()
        for filled in shops.values():
            ShopCard.objects.update_or_create(
                shop=filled.shop,
                defaults={"name": filled.shop.name, "tagline": HUB_MARK},
            )
        mail = CapturedMail.objects.create(
            captured_at=clock.now(),
            schema_name="public",
            sender="hub@quickcart.example",
            recipients=HUB_MARK,
            subject=HUB_MARK,
            text=HUB_MARK,
            html=f"<html><head></head><body>{HUB_MARK}</body></html>",
        )
    return Hub(people, mail.pk)


def browser(place: Filled | Hub, role: str) -> Client:
    """Return a browser in which somebody of a role has signed in, or nobody."""
    return place.browser(place.people.get(role))


@contextmanager
def undone() -> Iterator[None]:
    """Undo afterwards whatever a visitor does, however durable it was meant.

    As django.test.TestCase has it; what would follow a commit does not happen.
    """
    atomic = transaction.atomic()
    atomic._from_testcase = True
    with atomic:
        try:
            yield
        finally:
            transaction.set_rollback(True)
