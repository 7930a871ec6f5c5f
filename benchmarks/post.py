"""The post office: mails a second through outbox and worker."""

import smtplib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import transaction
from django.test import override_settings
from support import network, smtp
from support.verdicts import Check, Verdict, exactly, told

from benchmarks.kit import ground
from notifications import wakeup
from tenants import context

MAILS, SMALL_MAILS = 1000, 50
PATIENCE = 60


def mails(*, small: bool) -> Iterator[Verdict]:
    """Through outbox, broker and worker, against one process that only sends."""
    count = SMALL_MAILS if small else MAILS
    with ground.market(products=100) as market, smtp.SmtpServer() as server:
        plain = _seconds_of(server, count, lambda: _send_plainly(server, count))
        with running(market, server, "worker"):
            through = _seconds_of(server, count, lambda: _post(market, count))
    yield exactly("mails that arrived", len(server.received), "mails", 2 * count)
    yield told("mails through outbox and worker", count / through, "1/s")
    yield told(
        "seconds of a mail through the outbox, to plain SMTP",
        *(through / count, "s"),
        baseline=plain / count,
    )


@contextmanager
def running(
    market: ground.Ground, server: smtp.SmtpServer, *names: str
) -> Iterator[network.Network]:
    """Start programs of the market's, and wake them through its own broker."""
    with (
        broker_of(market),
        network.running(
            var=market.var,
            database_url=market.database_url,
            redis_url=market.redis_url,
            only=frozenset(names),
            more={
                **market.environment(),
                "EMAIL_URL": server.url,
                "DJANGO_SETTINGS_MODULE": "benchmarks.mail_settings",
            },
        ) as programs,
    ):
        yield programs


@contextmanager
def broker_of(market: ground.Ground) -> Iterator[None]:
    """Have this process wake relays through the market's own broker."""
    with override_settings(CELERY_BROKER_URL=market.redis_url):
        wakeup._producers.cache_clear()
        try:
            yield
        finally:
            wakeup._producers.cache_clear()


def _seconds_of(server: smtp.SmtpServer, count: int, work: Callable[[], None]) -> float:
    """Return the seconds from the start of the work until all mails are there."""
    wanted = len(server.received) + count
    started = time.perf_counter()
    work()
    while len(server.received) < wanted and time.perf_counter() - started < PATIENCE:
        time.sleep(0.005)
    return time.perf_counter() - started


def _mail(number: int) -> EmailMessage:
    mail = EmailMultiAlternatives(
        subject=f"Order {number} is ready",
        body="Come and collect it. " * 40,
        to=[f"customer-{number}@mail.example"],
    )
    mail.attach_alternative("<p>Come and collect it.</p>" * 40, "text/html")
    return mail


def _send_plainly(server: smtp.SmtpServer, count: int) -> None:
    host, port = server.server_address[:2]
    for number in range(count):
        mail = _mail(number)
        with smtplib.SMTP(str(host), int(port)) as there:
            there.sendmail(mail.from_email, mail.to, mail.message().as_bytes())


def _post(market: ground.Ground, count: int) -> None:
    with context.inside(market.shop), transaction.atomic():
        for number in range(count):
            _mail(number).send()


CHECKS = [Check("mails", mails)]
