"""Pages from nginx: how many a second, over TLS, and how soon a change is seen.

Everything that docker/compose.yaml runs is run natively (support.deployment), and wrk
asks as browsers do: for compressed pages, over kept-alive connections.
"""

import http.client
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from django.db import connections
from support import deployment, verdicts
from support.verdicts import Verdict

from benchmarks.kit import ground
from benchmarks.kit.ground import Ground
from quickcart.launcher import servers
from storefront.cards.models import ProductCard
from tenants import context

LEAST = 10_000  # pages a second
SOON = 2.0  # seconds until a change is seen
CLIENTS = 16
TLS = deployment.unverified()


def measure(*, small: bool) -> Iterator[Verdict]:
    """Measure the pages everybody sees, then change one."""
    products, seconds, changes = (110, 1, 2) if small else (500, 10, 10)
    wrk = servers.provide_wrk()
    if wrk is None:
        raise RuntimeError(
            "wrk can neither be found nor unpacked here: apt install wrk"
        )
    with ExitStack() as stack:
        shop = stack.enter_context(ground.market(products=products))
        address = shop.database_url
        if pgbouncer := servers.find_pgbouncer():
            pool = deployment.pooled(
                shop.var, pgbouncer=pgbouncer, database_url=address
            )
            address = stack.enter_context(pool)
        online = stack.enter_context(
            deployment.deployed(
                var=shop.var,
                static=deployment.static_files(),
                database_url=address,
                redis_url=shop.redis_url,
                email_url="smtp://127.0.0.1:9",
            )
        )
        for name, host, path in _pages(shop):
            rate, failures = _load(wrk, online, host, path, seconds=seconds)
            title = f"nginx: {name}, kept"
            # At reduced size only that it is answered is judged: the rate is noise.
            if small:
                yield verdicts.told(title, rate, "pages/s")
            else:
                yield verdicts.at_least(title, rate, "pages/s", LEAST)
            yield verdicts.exactly(f"nginx: {name}, failures", failures, "answers", 0)
        waits = [_seconds_until_seen(online, shop, n) for n in range(changes)]
        yield verdicts.at_most("nginx: a change is seen", max(waits), "s", SOON)


CHECKS = [verdicts.Check("nginx", measure)]


def _pages(shop: Ground) -> Iterator[tuple[str, str, str]]:
    category = ground.biggest_category(shop.shop)
    with context.inside(shop.shop):
        card = ProductCard.objects.order_by("pk").first()
        found = [
            ("home", shop.host, "/"),
            (
                "category",
                shop.host,
                f"/shop/category/{category.full_slug}_{category.pk}/",
            ),
            ("product", shop.host, card.url),
        ]
    connections.close_all()
    yield ("hub", deployment.DOMAIN, "/")
    yield from found


def _load(
    wrk: Path,
    online: deployment.Deployment,
    host: str,
    path: str,
    *,
    seconds: int,
) -> tuple[float, int]:
    """Return pages a second, and how many answers were none."""
    command = [
        *(str(wrk), "--threads=1", f"--connections={CLIENTS}"),
        *(f"--duration={seconds}s", "--timeout=10s"),
        *("--header", f"Host: {host}:{online.port}"),
        *("--header", "Accept-Encoding: gzip"),
        f"https://127.0.0.1:{online.port}{path}",
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    errors = re.search(r"Socket errors: (.*)", said)
    failed = sum(map(int, re.findall(r"\d+", errors[1]))) if errors else 0
    return float(rate[1]) if rate else 0.0, failed + (int(bad[1]) if bad else 0)


def _seconds_until_seen(
    online: deployment.Deployment, shop: Ground, number: int
) -> float:
    """Change a product's title; return after how long its page says so."""
    title = f"Changed for the {number + 1}. time"
    with context.inside(shop.shop):
        card = ProductCard.objects.order_by("pk").first()
        product = card.product
        path = card.url
        _page(online, shop.host, path)  # it is kept now
        product.title = title
        product.save()
    connections.close_all()
    changed = time.perf_counter()
    while title not in _page(online, shop.host, path):
        if time.perf_counter() - changed > 10 * SOON:
            break
        time.sleep(0.02)
    return time.perf_counter() - changed


def _page(online: deployment.Deployment, host: str, path: str) -> str:
    connection = http.client.HTTPSConnection("127.0.0.1", online.port, context=TLS)
    try:
        connection.request("GET", path, headers={"Host": f"{host}:{online.port}"})
        return connection.getresponse().read().decode(errors="replace")
    finally:
        connection.close()
