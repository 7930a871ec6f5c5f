"""Where Django's own mail goes: into the outbox, like everything that leaves.

Libraries (allauth's resets, Wagtail's notices) send mail in the middle of a
request. As settings.EMAIL_BACKEND this writes it down instead; the relay hands it
to settings.MAIL_TRANSPORT. A mail server that is slow or down is then no page's
trouble, and what a transaction takes back is never sent.

Such mails may carry a reset link, so their payload is emptied once they are sent.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from kernel import clock
from notifications import handlers, mail, outbox
from tenants import context

KIND = "mail"


class OutboxEmailBackend(BaseEmailBackend):
    """Post each message once for each recipient."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        now = clock.now()
        with transaction.atomic():
            for message in email_messages:
                _post(message, now=now)
        return len(email_messages)


def _post(message: EmailMessage, *, now: datetime) -> None:
    if message.attachments:
        raise ValueError("The outbox carries letters without attachments.")
    # Refuses line breaks in headers while the caller can still hear of it.
    message.message()
    for recipient in message.recipients():
        outbox.post(
            kind=KIND,
            dedupe_key=f"mail:{uuid.uuid4()}",
            payload={
                "to": recipient,
                "subject": str(message.subject),
                "text": message.body,
                "html": _html_of(message),
                "reply_to": ", ".join(message.reply_to),
            },
            now=now,
        )


def _html_of(message: EmailMessage) -> str:
    for content, kind in getattr(message, "alternatives", []):
        if kind == "text/html":
            return str(content)
    return ""


@handlers.register(KIND, is_confidential=True, lane=handlers.Lane.OUTSIDE)
def deliver(payload: dict[str, Any], *, dedupe_key: str, now: datetime) -> None:
    """Send a library's mail in the name of the shop, or of the network."""
    letter = mail.Letter(
        subject=payload["subject"],
        text=payload["text"],
        html=payload["html"],
        from_name="" if context.is_public() else context.current_shop().name,
        reply_to=payload["reply_to"],
    )
    mail.send(dedupe_key=dedupe_key, to=payload["to"], letter=letter, now=now)
