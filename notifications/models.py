"""The outbox: what must leave, written in the transaction that decided it.

A message is due, leased by one relay, then done or dead. The ledger of
deliveries makes a second attempt at the same recipient a no-op.
"""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: datetime) -> "MessageQuerySet":
        """Return what a relay may take: its time has come and nobody holds it."""
        return self.filter(
            Q(lease_until__isnull=True) | Q(lease_until__lte=now),
            state=Message.State.DUE,
            next_attempt_at__lte=now,
        )

    def dead(self) -> "MessageQuerySet":
        return self.filter(state=Message.State.DEAD)


class Message(models.Model):
    """One thing to do outside the transaction that wrote it."""

    class State(models.TextChoices):
        DUE = "due", _("Due")
        DONE = "done", _("Done")
        DEAD = "dead", _("Dead letter")

    kind = models.CharField(max_length=60)
    # The same event written twice is one message.
    dedupe_key = models.CharField(max_length=200, unique=True)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        db_table = "notifications_outbox"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False)
                | (~Q(state="done") & Q(done_at__isnull=True)),
                name="outbox_done_has_its_time",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state="due"),
                name="outbox_due",
            ),
            # Few and looked for in every shop whenever the network is watched.
            models.Index(fields=["id"], condition=Q(state="dead"), name="outbox_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.dedupe_key}"


class Delivery(models.Model):
    """A message that reached one recipient through one channel."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        HUB = "hub", _("Hub")
        LIVE = "live", _("Open pages")

    dedupe_key = models.CharField(max_length=200)
    channel = models.CharField(max_length=12, choices=Channel)
    recipient = models.CharField(max_length=320)
    delivered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key", "channel", "recipient"],
                name="delivery_once_per_recipient",
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.dedupe_key} → {self.recipient}"
