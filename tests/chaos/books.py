"""What a ground's shops have in their books: read, and changed as shopkeepers do."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from chaos import clusters
from django.db import connection
from django.test import override_settings
from factories import goods
from support.smtp import SmtpServer

from kernel import clock
from notifications import wakeup
from notifications.models import Message
from pickup import invariants as seats
from pickup.models import Slot
from quickcart.services.postgres import Postgres
from quickcart.services.valkey import Valkey
from storefront import fulfilment
from storefront.commerce import invariants, life
from storefront.fulfilment import SlotOffer
from storefront.oscar_apps.catalogue.models import Product
from storefront.oscar_apps.order.models import Order, OrderStatus
from storefront.oscar_apps.partner.models import StockRecord
from tenants import context
from tenants.models import Shop

#: How the goods are called of which there is plenty.
GOODS = "Plenty of "
SHOPS = ("alder", "birch", "cedar")
CONFIRMATION = re.compile(r"^\s*Your order (\S+): collect ")


class Books:
    """Every look opens the database anew: it may have been killed in between."""

    postgres: Postgres
    valkey: Valkey
    mail: SmtpServer

    @contextmanager
    def inside(self, subdomain: str) -> Iterator[Shop]:
        """Run a block in this process for a shop of this ground."""
        with self.open_books():
            with context.in_public():
                shop = Shop.objects.get(subdomain=subdomain)
            with context.inside(shop):
                yield shop

    @contextmanager
    def open_books(self) -> Iterator[None]:
        """Have this process use this ground's database and queue for a while."""
        broker = override_settings(CELERY_BROKER_URL=self.valkey.url())
        with clusters.pointed_at(self.postgres.url()), broker:
            wakeup._producers.cache_clear()
            wakeup._paused_until = 0.0
            try:
                yield
            finally:
                wakeup._producers.cache_clear()

    def breaches(self) -> list[str]:
        """Return every rule of the books that some shop breaks; none in sound ones."""
        found = []
        for subdomain in SHOPS:
            with self.inside(subdomain):
                broken = invariants.breaches(seats.RULES)
            found += [f"{subdomain}: {one.rule}: {one.where}" for one in broken]
        return found

    def orders(self, subdomain: str = "alder") -> dict[str, str]:
        """Return a shop's orders: number by public reference."""
        with self.inside(subdomain):
            return dict(Order.objects.values_list("public_reference", "number"))

    def confirmations(self) -> dict[str, list[float]]:
        """Return when the mail server took each order's confirmations (monotonic)."""
        found: dict[str, list[float]] = {}
        for mail in list(self.mail.received):
            about = CONFIRMATION.search(str(mail.parsed["Subject"]))
            if about:
                found.setdefault(about[1], []).append(mail.at)
        return found

    def due(self, subdomain: str = "alder") -> int:
        """Count the messages of a shop that are still to be delivered."""
        return self.letters(Message.State.DUE, subdomain)

    def letters(self, state: Message.State, subdomain: str = "alder") -> int:
        """Count the messages of a shop that are in a state."""
        with self.inside(subdomain):
            return Message.objects.filter(state=state).count()

    def is_told(self, reference: str, subdomain: str = "alder") -> bool:
        """Say whether all was told that was to be told to an order's open pages."""
        with self.inside(subdomain):
            words = Message.objects.filter(kind="live", state=Message.State.DUE)
            return not words.filter(payload__group=f"order.{reference}").exists()

    def has_tasks(self) -> bool:
        """Say whether a task waits for a worker, or is being done by one."""
        with redis.from_url(self.valkey.url()) as server:
            return server.exists("celery", "unacked") > 0

    def wake_ups(self, subdomain: str) -> int:
        """Count the wake-ups of a shop's relay that no worker has taken yet."""
        with self.inside(subdomain) as shop:
            schema_name = shop.schema_name
        with redis.from_url(self.valkey.url()) as server:
            waiting = [json.loads(task) for task in server.lrange("celery", 0, -1)]
        schemas = [task["headers"].get("_schema_name") for task in waiting]
        return schemas.count(schema_name)

    def advance(
        self, reference: str, to: OrderStatus, subdomain: str = "alder"
    ) -> None:
        """Take an order's next step, as its shopkeeper would; open pages are told."""
        with self.inside(subdomain):
            order = Order.objects.get(public_reference=reference)
            actor = life.Actor(user=None, name="Olive")
            life.advance(order_id=order.pk, to=to, actor=actor, now=clock.now())

    # Goods

    def goods(self, subdomain: str = "alder") -> list[Product]:
        """Return what a shop has plenty of, in the order of its keys."""
        with self.inside(subdomain):
            return list(Product.objects.filter(title__startswith=GOODS).order_by("pk"))

    def a_product(self, *, stock: int, subdomain: str = "alder") -> Product:
        """Put one more product on a shop's shelves."""
        with self.inside(subdomain):
            return goods.some_goods(goods.a_row("The last ones", stock=stock))[0]

    def restock(self, product: Product, *, by: int, subdomain: str = "alder") -> None:
        """Let so many more of a product arrive."""
        with self.inside(subdomain):
            record = StockRecord.objects.get(product_id=product.pk)
            record.num_in_stock += by
            record.save(update_fields=["num_in_stock"])

    def a_slot(self, *, seats: int, subdomain: str = "alder") -> SlotOffer:
        """Return the last slot that customers may choose, with so many free seats."""
        with self.inside(subdomain):
            days = fulfilment.provider().days(basket=None, now=clock.now())
            slot = [slot for day in days for slot in day.slots][-1]
        self.make_room(slot, seats=seats, subdomain=subdomain)
        return slot

    def make_room(
        self, slot: SlotOffer, *, seats: int, subdomain: str = "alder"
    ) -> None:
        """Let so many more orders into a slot than it has."""
        with self.inside(subdomain):
            row, _is_new = Slot.objects.get_or_create(
                starts_at=slot.starts_at,
                defaults={"ends_at": slot.ends_at, "capacity": 0},
            )
            row.capacity = row.booked + seats
            row.save(update_fields=["capacity"])

    def execute(self, *statements: str, subdomain: str = "alder") -> None:
        """Run SQL in a shop's schema."""
        with self.inside(subdomain), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def deadlocks(self) -> int:
        """Return how many circles PostgreSQL has broken since it was made."""
        with self.open_books(), connection.cursor() as cursor:
            cursor.execute("SELECT sum(deadlocks) FROM pg_stat_database")
            return int(cursor.fetchone()[0])
