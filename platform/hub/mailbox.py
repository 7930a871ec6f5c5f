"""The demo's mailbox: an e-mail backend that keeps what it is given."""

from collections.abc import Sequence
from datetime import datetime

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from hub.models import CapturedMail
from kernel import clock
from tenants import context
from tenants.database import connection


class EmailBackend(BaseEmailBackend):
    """Keep mails of every shop and of the hub itself in one table of the hub."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        schema_name, now = connection.schema_name, clock.now()
        kept = [
            _captured(message, schema_name=schema_name, now=now)
            for message in email_messages
        ]
        with context.in_public():
            CapturedMail.objects.bulk_create(kept)
        return len(kept)


def _captured(
    message: EmailMessage, *, schema_name: str, now: datetime
) -> CapturedMail:
    # As a mail server would: a header with a line break is refused here.
    headers = message.message()
    text, html = str(message.body), ""
    if message.content_subtype == "html":
        text, html = "", text
    if isinstance(message, EmailMultiAlternatives):
        for content, kind in message.alternatives:
            if kind == "text/html":
                html = str(content)
    return CapturedMail(
        captured_at=now,
        schema_name=schema_name,
        sender=message.from_email[:320],
        recipients=", ".join(message.recipients()),
        subject=str(message.subject) or str(headers.get("Subject", "")),
        text=text,
        html=html,
    )
