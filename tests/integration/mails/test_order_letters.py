"""What customers are written: in the shop's name, look, language and zone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outgoing
from django.utils import timezone
from factories import selling

from accounts.models import User
from notifications import handlers
from notifications.handlers import Lane
from notifications.models import Message
from notifications.services import relay
from pickup.models import PickupSettings
from storefront.commerce import life
from storefront.mails import handlers as letters
from storefront.oscar_apps.order.models import Order, OrderStatus
from storefront.profile.models import ShopProfile
from tenants import context

NOW = selling.NOW
STAFF = life.Actor(user=None, name="Olive")


@pytest.fixture
def shop(shop):
    """The shop with an address to come to and nothing waiting to be sent."""
    Message.objects.all().delete()
    profile = ShopProfile.load()
    profile.street, profile.postcode, profile.city = "1 Quay St", "H91", "Galway"
    profile.phone, profile.email = "+353 91 555 010", "hello@alder.example"
    profile.brand_colour = "#6d1f3c"
    profile.save()
    PickupSettings.objects.update(
        place="Side door, ring the bell", what_to_bring="Your order number & a bag"
    )
    return shop


@pytest.fixture
def order(shop):
    apples = selling.a_product(title="Äpfel <Elstar> & Co", price="2.50")
    return selling.an_order((apples, 3))


def deliver(now=NOW):
    return relay.deliver_due(
        clock=lambda: now, patience=timedelta(seconds=30), lane=Lane.OUTSIDE
    )


def write(what, order, now=NOW):
    letters.order_mail(
        {"order_id": order.pk, "what": what}, dedupe_key=f"{what}:{order.pk}", now=now
    )


def html_of(message):
    ((content, _kind),) = message.alternatives
    return content


def advance(order, *steps):
    for step in steps:
        life.advance(order_id=order.pk, to=step, actor=STAFF, now=NOW)


TO_READY = (OrderStatus.ACCEPTED, OrderStatus.PICKING, OrderStatus.READY)


def test_placing_an_order_confirms_it_to_the_customer(shop, order):
    deliver()

    (message,) = outgoing.outbox
    assert message.to == ["ana@example.com"]
    assert message.subject == f"Your order {order.number}: collect today 10:00–10:30"
    assert message.from_email.startswith('"Alder Grocers via QuickCart" <') or (
        message.from_email.startswith("Alder Grocers via QuickCart <")
    )
    assert message.reply_to == ["hello@alder.example"]
    for words in (
        order.number,
        "Thank you, Ana",
        "Monday 2 March, 10:00–10:30",
        "Side door, ring the bell",
        "1 Quay St",
        "€7.50",
        f"http://alder.localhost:8000/orders/{order.public_reference}/",
        "+353 91 555 010",
    ):
        assert words in message.body
        assert words in html_of(message)
    assert "3 × Äpfel <Elstar> & Co" in message.body
    assert "Your order number & a bag" in message.body
    assert "3 × Äpfel &lt;Elstar&gt; &amp; Co" in html_of(message)


def test_a_letter_wears_the_shop_s_colours_and_needs_no_stylesheet(shop, order):
    write("confirmation", order)

    html = html_of(outgoing.outbox[0])
    assert "#6d1f3c" in html
    assert "<style" not in html
    assert "var(" not in html


def test_times_are_the_shop_s(shop, order):
    order.collect_from = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    order.collect_until = datetime(2026, 7, 1, 23, 0, tzinfo=UTC)
    order.save()

    with timezone.override("America/New_York"):
        write("confirmation", order)

    assert "Wednesday 1 July, 23:30–00:00" in outgoing.outbox[0].body


def test_the_language_is_the_shop_s(shop, order):
    shop.language, shop.time_zone = "de", "Europe/Berlin"

    write("confirmation", order)

    assert "Montag 2 März, 11:00–11:30" in outgoing.outbox[0].body
    assert "7,50" in outgoing.outbox[0].body
    assert '<html lang="de"' in html_of(outgoing.outbox[0])


def test_an_order_that_is_ready_is_told_once(shop, order):
    advance(order, *TO_READY)
    deliver()
    deliver()

    ready = [m for m in outgoing.outbox if m.subject.startswith("Ready")]
    assert [m.subject for m in ready] == [
        f"Ready to collect: {order.number}, today 10:00–10:30"
    ]
    assert "it is packed and waits for you" in ready[0].body


def test_an_order_collected_meanwhile_is_not_called_ready(shop, order):
    advance(order, *TO_READY, OrderStatus.COLLECTED)

    write("ready", order)

    assert outgoing.outbox == []


def test_an_order_cancelled_meanwhile_is_not_confirmed(shop, order):
    life.cancel(order_id=order.pk, actor=STAFF, now=NOW, reason="No apples came")
    deliver()

    (message,) = outgoing.outbox
    assert message.subject == f"Your order {order.number} is cancelled"
    assert "No apples came" in message.body
    assert "There is nothing to pay" in message.body


def test_a_stranger_s_message_is_not_carried_in_a_greeting(shop, order):
    order.customer_name = "Win-1000€-at-http://evil.example now"
    order.save()

    write("confirmation", order)

    assert "evil.example" not in outgoing.outbox[0].body
    assert "evil.example" not in html_of(outgoing.outbox[0])


@pytest.mark.parametrize(
    "payload", [{"order_id": 0, "what": "ready"}, {"order_id": 0, "what": "nonsense"}]
)
def test_what_cannot_be_written_about_is_a_dead_letter(shop, payload):
    with pytest.raises(handlers.Undeliverable):
        letters.order_mail(payload, dedupe_key="event", now=NOW)


def test_nobody_to_write_to_is_no_error(shop, order):
    Order.objects.filter(pk=order.pk).update(guest_email="")

    write("confirmation", order)

    assert outgoing.outbox == []


def test_shops_with_the_same_ids_write_to_their_own_customers(alder, birch, cedar):
    for shop in (alder, birch, cedar):
        with context.inside(shop):
            Message.objects.all().delete()
            contact = selling.orders.Contact(
                name="Ana", email=f"ana@{shop.subdomain}.example"
            )
            selling.an_order(contact=contact)
            Message.objects.filter(kind="card_stock").delete()

    for shop in (cedar, birch, alder):
        with context.inside(shop):
            deliver()

    assert [
        (message.to[0], message.from_email.split(" Grocers")[0].strip('"'))
        for message in outgoing.outbox
    ] == [
        ("ana@cedar.example", "Cedar"),
        ("ana@birch.example", "Birch"),
        ("ana@alder.example", "Alder"),
    ]
    hosts = ["cedar.localhost", "birch.localhost", "alder.localhost"]
    for message, host in zip(outgoing.outbox, hosts, strict=True):
        assert f"http://{host}:" in message.body
        assert not any(other in message.body for other in hosts if other != host)


def test_an_invitation_is_written_until_it_was_used(shop):
    owner = User.objects.get()
    payload = {"user_id": owner.pk}

    letters.invitation_mail(payload, dedupe_key="first", now=NOW)
    owner.set_password("a long enough password")
    owner.save()
    letters.invitation_mail(payload, dedupe_key="second", now=NOW)

    (message,) = outgoing.outbox
    assert message.to == ["owner@alder.example"]
    assert "http://alder.localhost:8000/" in message.body


def test_an_invitation_for_nobody_is_a_dead_letter(shop):
    with pytest.raises(handlers.Undeliverable):
        letters.invitation_mail({"user_id": 0}, dedupe_key="event", now=NOW)
