"""What reached whom: the second delivery of the same message is a no-op.

A handler asks before it speaks to a recipient and writes right after, waiting for a
database that is away (`notifications.insisting`). A worker killed between the two speaks
twice: that is the one duplicate a kill may cost, and the price of never losing a message.
"""

from datetime import datetime

from notifications import insisting
from notifications.models import Delivery


def is_delivered(*, dedupe_key: str, channel: Delivery.Channel, recipient: str) -> bool:
    """Say whether the recipient has it already."""
    return Delivery.objects.filter(
        dedupe_key=dedupe_key, channel=channel, recipient=recipient
    ).exists()


def record(
    *, dedupe_key: str, channel: Delivery.Channel, recipient: str, now: datetime
) -> None:
    """Note that the recipient has it; noting it twice is once.

    Raises:
        OperationalError, InterfaceError: the database is away for too long.
    """
    delivery = Delivery(
        dedupe_key=dedupe_key,
        channel=channel,
        recipient=recipient,
        delivered_at=now,
    )
    insisting.until_written(
        lambda: Delivery.objects.bulk_create([delivery], ignore_conflicts=True)
    )
