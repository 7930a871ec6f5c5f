"""What selling needs beside Oscar's models."""

from django.db import models


class CheckoutAttempt(models.Model):
    """The key of one press of “Place order”: the same key is the same order.

    Inserted first in the order's transaction; its unique key makes every
    repetition wait for the first, and then answer with the first's order.
    """

    key = models.UUIDField(primary_key=True)
    request_digest = models.CharField(max_length=64)
    order = models.OneToOneField(
        "order.Order",
        null=True,
        on_delete=models.CASCADE,
        related_name="checkout_attempt",
    )
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.key)
