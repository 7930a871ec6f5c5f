"""All shops read at the same time: by threads, by coroutines, by tasks.

They share a process, its caches and its pool of threads, and take turns.
"""

import asyncio
import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from attack import ground, stage
from celery import shared_task
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.test import override_settings
from support.ground import Filled
from support.verdicts import Verdict, at_least, exactly
from wagtail.models import Site as WagtailSite

from accounts.models import User
from storefront.oscar_apps.catalogue.models import Product
from tenants import context, sockets

THREADS = 6
FULL, SMALL = 10_000, 240

Shops = Mapping[str, Filled]
Look = Callable[[Filled], list[str]]
#: Tasks are told of shops by name; here is what they are.
_known: dict[str, Filled] = {}


def look(filled: Filled) -> list[str]:
    """Read in a shop what a process keeps in its memory and what it does not.

    Returns:
        What was somebody else's.
    """
    with context.inside(filled.shop):
        return look_here(filled)


def look_here(filled: Filled) -> list[str]:
    """The same in whichever shop is in force."""
    facts = {
        "row": filled.mark in Product.objects.get(pk=filled.keys["product"]).title,
        "person": User.objects.get(pk=filled.owner.pk).email == filled.owner.email,
        "schema": connection.schema_name == filled.shop.schema_name,
        "cache": cache.get_or_set("shop", filled.mark) == filled.mark,
        "content type": _content_type_of(User) == filled.keys["user_type"],
        "site": filled.mark in WagtailSite.objects.get().site_name,
    }
    return [name for name, is_own in facts.items() if not is_own]


def _content_type_of(model: type) -> int:
    return ContentType.objects.get_for_model(model).pk


def ask_for_truth(shops: Shops) -> None:
    """Ask each shop for its content type's key with nothing remembered."""
    for filled in shops.values():
        with context.inside(filled.shop), connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM django_content_type"
                " WHERE app_label = 'accounts' AND model = 'user'"
            )
            filled.keys["user_type"] = cursor.fetchone()[0]


def by_threads(shops: Shops, *, rounds: int, read: Look = look) -> Counter[str]:
    """Read in all shops from several threads, each of which serves them all."""
    wrong: Counter[str] = Counter()

    def work(seed: int) -> None:
        order = random.Random(seed)
        try:
            for _round in range(rounds):
                wrong.update(read(order.choice(list(shops.values()))))
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    return wrong


async def by_coroutines(shops: Shops, *, looks: int) -> Counter[str]:
    """Read in all shops the way sockets do, many at a time."""
    wrong: Counter[str] = Counter()
    turns = itertools.islice(itertools.cycle(shops.values()), looks)

    async def one(filled: Filled) -> None:
        wrong.update(await sockets.in_shop(filled.shop, look_here)(filled))

    await asyncio.gather(*(one(filled) for filled in turns))
    return wrong


@shared_task(name="attack.look")
def look_of_a_task(*, subdomain: str, **kwargs: object) -> list[str]:
    """Read where the message, and nothing else, has put the task."""
    return look_here(_known[subdomain])


def by_tasks(shops: Shops, *, rounds: int) -> Counter[str]:
    """Read in all shops by tasks, each in the shop its message names."""

    def run(filled: Filled) -> list[str]:
        headers = {"_schema_name": filled.shop.schema_name}
        done = look_of_a_task.apply(
            kwargs={"subdomain": filled.shop.subdomain}, headers=headers
        )
        return done.result if done.successful() else [f"task: {done.result!r}"]

    _known.update(shops)
    return by_threads(shops, rounds=rounds, read=run)


def mixed(shops: Shops, *, looks: int) -> tuple[int, Counter[str]]:
    """Let all three read at once; return how often, and what was wrong."""
    share = looks // 3
    rounds = -(-share // THREADS)
    found: list[Counter[str]] = []
    ways: list[Callable[[], Counter[str]]] = [
        lambda: asyncio.run(by_coroutines(shops, looks=share + 1)),
        lambda: by_threads(shops, rounds=rounds),
        lambda: by_tasks(shops, rounds=rounds),
    ]
    beside = [
        threading.Thread(target=lambda way=way: found.append(way())) for way in ways
    ]
    for thread in beside:
        thread.start()
    for thread in beside:
        thread.join()
    if len(found) < len(ways):
        raise RuntimeError("a reader broke")
    return share + 1 + 2 * rounds * THREADS, sum(found, Counter())


def run(*, small: bool) -> Iterator[Verdict]:
    """Count wrong shops; then take the shop out of the caches and count again."""
    with ground.opened() as made:
        ask_for_truth(made.shops)
        looks, wrong = mixed(made.shops, looks=SMALL if small else FULL)
        stage.tell("isolation at once", [f"{what}: {wrong[what]}" for what in wrong])
        yield at_least(
            "isolation at once: looks", looks, "looks", SMALL if small else FULL
        )
        yield exactly("isolation at once: wrong shop", wrong.total(), "looks", 0)
        plain = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
        with override_settings(CACHES={"default": plain}):
            cache.clear()
            seen = by_threads(made.shops, rounds=10)
        yield at_least(
            "isolation at once: seen where a cache knows no shop",
            seen["cache"],
            "looks",
            1,
        )
