"""A running network that is watched as one online is."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis
from support import collectors, database, network, watching

#: Of Valkey's databases, one that no other test uses.
CORNER = "4"


@pytest.fixture(scope="session")
def watched(
    django_db_setup: None, django_db_blocker, worker_id, tmp_path_factory
) -> Iterator[watching.Watched]:
    var = tmp_path_factory.mktemp("watched")
    port = network.free_port()
    with collectors.collecting() as collector, django_db_blocker.unblock():
        template = database.ensure_template()
        with database.copied(template, label=f"{worker_id}_watched") as name:
            redis_url = _renamed(os.environ["REDIS_URL"], CORNER)
            with redis.from_url(redis_url) as server:
                server.flushdb()  # what a killed run left to do
            running = network.running(
                var=var,
                database_url=_renamed(os.environ["DATABASE_URL"], name),
                redis_url=redis_url,
                only=frozenset({"web", "realtime", "worker"}),
                more={
                    "QUICKCART_LOG_FORMAT": "json",
                    "QUICKCART_LOG_REQUESTS": "INFO",
                    "QUICKCART_WATCH_TOKEN": watching.TOKEN,
                    "QUICKCART_WORKER_METRICS_PORT": str(port),
                    "OTEL_EXPORTER_OTLP_ENDPOINT": collector.otlp,
                    "OTEL_BSP_SCHEDULE_DELAY": "100",
                    "SENTRY_DSN": collector.dsn,
                },
            )
            with running as started:
                yield watching.Watched(started, collector, redis_url, port)


def _renamed(address: str, name: str) -> str:
    return urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
