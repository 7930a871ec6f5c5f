"""Letters over a real socket to a server that speaks SMTP."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction

from notifications import handlers, mail, outbox
from notifications.handlers import Lane
from notifications.mail import Letter
from notifications.models import Delivery, Message
from notifications.services import relay
from tenants import context

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

LETTER = Letter(
    subject="Bereit: Ihre Bestellung – Äpfel & Brot",
    text="Grüße aus Żabka\n.a line that begins with a dot\n",
    html="<p>Grüße aus <b>Żabka</b></p>",
    from_name="Müller’s Żabka, Lebensmittel",
    reply_to="shop@example.com",
    headers={"List-Id": "<orders.alder.localhost>"},
)


def send(to="ana@example.com", dedupe_key="event", letter=LETTER):
    return mail.send(dedupe_key=dedupe_key, to=to, letter=letter, now=NOW)


@pytest.fixture
def posted(taking):
    """Post a message whose handler sends the letter; return how to post more."""

    def take(payload, *, dedupe_key, now):
        mail.send(dedupe_key=dedupe_key, to=payload["to"], letter=LETTER, now=now)

    def post(to="ana@example.com", dedupe_key="event"):
        with transaction.atomic():
            outbox.post(
                kind="letter", dedupe_key=dedupe_key, payload={"to": to}, now=NOW
            )

    taking("letter", take, lane=Lane.OUTSIDE)
    return post


def deliver(now=NOW):
    return relay.deliver_due(
        clock=lambda: now, patience=timedelta(seconds=10), lane=Lane.OUTSIDE
    )


def test_what_arrives_is_what_was_written(shop, smtp, settings):
    settings.DEFAULT_FROM_EMAIL = "post@network.example"

    send()

    (received,) = smtp.received
    message = received.parsed
    assert received.sender == "post@network.example"
    assert received.recipients == ("ana@example.com",)
    assert message["Subject"] == LETTER.subject
    assert str(message["From"].addresses[0].display_name) == (
        "Müller’s Żabka, Lebensmittel via QuickCart"
    )
    assert message["From"].addresses[0].addr_spec == "post@network.example"
    assert message["Reply-To"] == "shop@example.com"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "<orders.alder.localhost>"
    text = message.get_body(("plain",)).get_content()
    assert text.replace("\r\n", "\n") == LETTER.text
    assert LETTER.html in message.get_body(("html",)).get_content()
    assert all(len(line) < 998 for line in received.data.splitlines())
    assert received.data.partition(b"\r\n\r\n")[0].isascii()


def test_the_ledger_stops_the_second_copy(shop, smtp):
    assert send()
    assert not send()
    assert send(to="bob@example.com")

    assert [received.recipients for received in smtp.received] == [
        ("ana@example.com",),
        ("bob@example.com",),
    ]


def test_a_message_keeps_its_id_through_all_attempts_and_shops_share_none(
    alder, birch, smtp
):
    for shop in (alder, birch):
        with context.inside(shop):
            send()
            Delivery.objects.all().delete()  # killed before it could be noted
            send()

    first, again, other, _again = [item.parsed["Message-ID"] for item in smtp.received]
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    "letter",
    [
        Letter(subject="Hi\nBcc: all@example.com", text=""),
        Letter(subject="Hi", text="", from_name="Shop\r\nBcc: all@example.com"),
        Letter(subject="Hi", text="", reply_to="a@b.example\nBcc: all@example.com"),
        Letter(subject="Hi", text="", headers={"X-A": "1\nBcc: all@example.com"}),
        Letter(subject="Hi", text="", headers={"X-A\nBcc": "all@example.com"}),
    ],
)
def test_a_line_break_in_a_header_is_refused(shop, smtp, letter):
    with pytest.raises(mail.HeaderInjection):
        send(letter=letter)

    assert smtp.received == []


@pytest.mark.parametrize(
    "to",
    ["", "nobody", "a@b.example\nBcc: all@example.com", "a@b.example, c@d.example"],
)
def test_an_address_that_is_none_is_undeliverable(shop, smtp, to):
    with pytest.raises(handlers.Undeliverable):
        send(to=to)

    assert smtp.received == []


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("MAIL", "451 4.3.0 try later"),
        ("RCPT", "451 4.7.1 greylisted"),
        ("DATA", "421 4.3.2 shutting down"),
        ("END", "452 4.2.2 disk full"),
        # A sender the server will not have is our setting, not the message's fault.
        ("MAIL", "550 5.7.1 sender refused"),
    ],
)
def test_a_server_that_cannot_now_gets_the_message_later(
    shop, smtp, posted, verb, answer
):
    smtp.faults.answers[verb] = [answer]
    posted()

    assert deliver().retried == 1
    assert answer[:3] in Message.objects.get().last_error
    assert deliver(NOW + timedelta(minutes=1)).done == 1
    assert len(smtp.received) == 1


@pytest.mark.parametrize(
    ("verb", "answer"),
    [("RCPT", "550 5.1.1 no such mailbox"), ("END", "554 5.7.1 looks like spam")],
)
def test_a_message_the_server_refuses_for_good_is_a_dead_letter(
    shop, smtp, posted, verb, answer
):
    smtp.faults.answers[verb] = [answer]
    posted()
    posted(to="bob@example.com", dedupe_key="other")

    tally = deliver()

    assert (tally.dead, tally.done) == (1, 1)
    assert answer[4:] in Message.objects.get(dedupe_key="event").last_error


def test_a_connection_reset_in_the_middle_of_a_message_is_tried_again(
    shop, smtp, posted
):
    smtp.faults.resets = 1
    posted()

    assert deliver().retried == 1
    assert smtp.received == []
    assert deliver(NOW + timedelta(minutes=1)).done == 1
    assert len(smtp.received) == 1


def test_a_server_that_is_down_is_asked_again(shop, smtp, posted, settings):
    port = settings.EMAIL_PORT
    settings.EMAIL_PORT = 1
    posted()

    assert deliver().retried == 1
    settings.EMAIL_PORT = port
    assert deliver(NOW + timedelta(minutes=1)).done == 1
    assert len(smtp.received) == 1


def test_a_library_s_mail_goes_through_the_outbox_in_the_shop_s_name(
    shop, smtp, settings
):
    message = EmailMultiAlternatives(
        "Reset your password",
        "https://alder.example/reset/secret/",
        "post@network.example",
        ["ana@example.com"],
        connection=get_connection("notifications.backends.OutboxEmailBackend"),
    )
    message.attach_alternative("<p>Reset</p>", "text/html")

    assert message.send() == 1
    assert smtp.received == []
    assert deliver().done == 0, "it was written now, which is later than then"
    assert deliver(datetime(2999, 1, 1, tzinfo=UTC)).done == 1

    (received,) = smtp.received
    assert received.parsed["From"].addresses[0].display_name == (
        "Alder Grocers via QuickCart"
    )
    assert "secret" not in str(Message.objects.get().payload)


def test_on_the_hub_a_library_s_mail_is_the_network_s(db, smtp):
    message = EmailMultiAlternatives(
        "Hello",
        "Hello",
        "post@network.example",
        ["admin@example.com"],
        connection=get_connection("notifications.backends.OutboxEmailBackend"),
    )
    message.send()
    deliver(datetime(2999, 1, 1, tzinfo=UTC))

    assert smtp.received[0].parsed["From"].addresses[0].display_name == "QuickCart"
