"""A letter has left, and the database is away: it is written down later, not sent again."""

from datetime import timedelta

import psycopg2
import pytest
from django.conf import settings as configured
from django.db import OperationalError, connection, transaction

from kernel import clock
from notifications import handlers, insisting, mail, outbox
from notifications.handlers import Lane
from notifications.mail import Letter
from notifications.models import Delivery, Message
from notifications.services import relay
from tenants import context
from tenants.models import Shop

LETTER = Letter(subject="Your order is ready", text="Come by until eight.")


@pytest.fixture
def shop_alive(live_database):
    """A shop in a database of its own, and in force."""
    with context.in_public():
        shop = Shop.objects.get(subdomain="alder")
    with context.inside(shop):
        Message.objects.all().delete()
        yield shop


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch):
    monkeypatch.setattr(insisting, "PAUSE", 0.01)


def end_our_connection():
    """Have the server end this thread's connection, as one that is restarted does."""
    ours = connection.connection.info
    other = psycopg2.connect(
        host=ours.host,
        port=ours.port,
        user=ours.user,
        password=ours.password,
        dbname=configured.DATABASES["default"]["NAME"],
    )
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ours.backend_pid])
        assert cursor.fetchone() == (True,)
    other.close()


class Refusing:
    """A database that has no room for a table's rows, the first few times."""

    def __init__(self, table, *, times):
        self.table, self.left = table, times

    def __call__(self, execute, sql, params, many, context):
        if self.left and self.table in sql and not sql.startswith("SELECT"):
            self.left -= 1
            raise OperationalError("could not extend file: No space left on device")
        return execute(sql, params, many, context)


def post():
    with transaction.atomic():
        outbox.post(kind="test", dedupe_key="event", payload={}, now=clock.now())


def deliver():
    return relay.deliver_due(
        clock=clock.now, patience=timedelta(seconds=10), lane=Lane.INSIDE
    )


@pytest.fixture
def letters(taking, smtp):
    """What the mail server took of the message's handler."""

    def take(payload, *, dedupe_key, now):
        mail.send(dedupe_key=dedupe_key, to="ana@example.com", letter=LETTER, now=now)

    taking("test", take)
    return smtp.received


def assert_it_left_once(letters, shop):
    # The connection is another; the shop in force is the same.
    assert connection.schema_name == shop.schema_name
    assert Message.objects.get().state == Message.State.DONE
    assert Delivery.objects.filter(dedupe_key="event").count() == 1
    assert deliver().done == 0
    assert len(letters) == 1


def test_a_line_that_ends_just_after_a_letter_left(shop_alive, letters, monkeypatch):
    hand_over = mail.hand_over

    def hand_over_and_break(message):
        hand_over(message)
        end_our_connection()

    monkeypatch.setattr(mail, "hand_over", hand_over_and_break)
    post()

    assert deliver().done == 1
    assert_it_left_once(letters, shop_alive)


def test_a_line_that_ends_before_a_message_is_ticked_off(
    shop_alive, letters, monkeypatch
):
    registration = handlers.registration_of("test")

    def take_and_break(payload, *, dedupe_key, now):
        registration.handler(payload, dedupe_key=dedupe_key, now=now)
        end_our_connection()

    monkeypatch.setitem(
        handlers._registrations,
        "test",
        handlers.Registration(take_and_break, False, Lane.INSIDE),
    )
    post()

    assert deliver().done == 1
    assert_it_left_once(letters, shop_alive)


@pytest.mark.parametrize("table", ["notifications_delivery", "notifications_outbox"])
def test_a_disk_that_is_full_just_after_a_letter_left(shop_alive, letters, table):
    full = Refusing(table, times=3)
    post()
    with connection.execute_wrapper(
        lambda *args: full(*args) if letters else args[0](*args[1:])
    ):
        assert deliver().done == 1

    assert full.left == 0
    assert_it_left_once(letters, shop_alive)


def test_who_waits_for_longer_than_a_lease_gives_up(shop_alive, letters, settings):
    settings.OUTBOX_LEASE = 0
    full = Refusing("notifications_delivery", times=1)

    with (
        connection.execute_wrapper(full),
        pytest.raises(OperationalError, match="No space left"),
    ):
        insisting.until_written(lambda: Delivery.objects.update(recipient=""))


def test_inside_a_transaction_nothing_is_tried_again(shop):
    full = Refusing("notifications_delivery", times=1)

    with (
        connection.execute_wrapper(full),
        pytest.raises(OperationalError, match="No space left"),
    ):
        insisting.until_written(lambda: Delivery.objects.update(recipient=""))
    assert full.left == 0
