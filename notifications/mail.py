"""Letters: one message to one recipient, sent once, by the real mail server.

Called by handlers of the outbox, never by a page: it speaks to the network.
"""

import hashlib
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email

from notifications import handlers, ledger
from notifications.models import Delivery
from tenants.database import connection

#: RFC 3834: nobody's absence note answers these; Outlook has its own header.
AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}

PERMANENT = 500


class HeaderInjection(handlers.Undeliverable):
    """A value for a header holds a line break."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a recipient reads; `html` is dressed already (`ui.mail.dress`)."""

    subject: str
    text: str
    html: str = ""
    from_name: str = ""
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def send(*, dedupe_key: str, to: str, letter: Letter, now: datetime) -> bool:
    """Send a letter unless the ledger says it was sent; say whether this call did.

    Raises:
        HeaderInjection: a header's value holds a line break.
        handlers.Undeliverable: the address is none, or the server refuses it for good.
        OSError: the server cannot be reached, or refuses for now (SMTPException).
    """
    _check(to, letter)
    channel = Delivery.Channel.EMAIL
    if ledger.is_delivered(dedupe_key=dedupe_key, channel=channel, recipient=to):
        return False
    hand_over(_compose(to, letter, dedupe_key=dedupe_key))
    ledger.record(dedupe_key=dedupe_key, channel=channel, recipient=to, now=now)
    return True


def hand_over(message: EmailMultiAlternatives) -> None:
    """Give a message to the mail server of settings.MAIL_TRANSPORT.

    Raises:
        handlers.Undeliverable: the server refuses the message or its recipient.
        OSError: anything that may pass.
    """
    message.connection = get_connection(settings.MAIL_TRANSPORT)
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        if all(code >= PERMANENT for code, _words in error.recipients.values()):
            raise handlers.Undeliverable(_words_of(error)) from error
        raise
    except smtplib.SMTPDataError as error:
        if error.smtp_code >= PERMANENT:
            raise handlers.Undeliverable(_words_of(error)) from error
        raise


def message_id(dedupe_key: str, recipient: str) -> str:
    """Return the Message-ID a message keeps through all attempts.

    Mail programs show two copies with one id once.
    """
    named = f"{connection.schema_name}\n{dedupe_key}\n{recipient}"
    digest = hashlib.sha256(named.encode()).hexdigest()[:32]
    _name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return f"<{digest}@{address.rpartition('@')[2]}>"


def sender(from_name: str) -> str:
    """Return the From of a shop's letters: its name, the network's address."""
    _name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    network = settings.WAGTAIL_SITE_NAME
    return formataddr((f"{from_name} via {network}" if from_name else network, address))


def _compose(to: str, letter: Letter, *, dedupe_key: str) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=sender(letter.from_name),
        to=[to],
        reply_to=[letter.reply_to] if letter.reply_to else None,
        headers={
            "Message-ID": message_id(dedupe_key, to),
            **AUTOMATIC,
            **letter.headers,
        },
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    return message


def _check(to: str, letter: Letter) -> None:
    values = (
        to,
        letter.subject,
        letter.from_name,
        letter.reply_to,
        *letter.headers,
        *letter.headers.values(),
    )
    if any("\n" in value or "\r" in value for value in values):
        raise HeaderInjection("A header's value holds a line break.")
    try:
        validate_email(to)
    except ValidationError:
        raise handlers.Undeliverable("The recipient's address is none.") from None


def _words_of(error: smtplib.SMTPException) -> str:
    return " ".join(str(error).split())
