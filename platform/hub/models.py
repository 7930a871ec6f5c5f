"""What the hub shows of each shop, and the demo's mailbox."""

from django.db import models


class ShopCard(models.Model):
    """A shop as the directory shows it: published by the shop, read by the hub.

    Written only by `hub.directory`, from what the shop's outbox delivers.
    """

    shop = models.OneToOneField(
        "tenants.Shop", on_delete=models.CASCADE, related_name="card"
    )
    name = models.CharField(max_length=80)
    tagline = models.CharField(max_length=160, blank=True)
    street = models.CharField(max_length=120, blank=True)
    city = models.CharField(max_length=80, blank=True)
    postcode = models.CharField(max_length=16, blank=True)
    latitude = models.DecimalField(
        max_digits=8, decimal_places=6, null=True, blank=True
    )
    longitude = models.DecimalField(
        max_digits=9, decimal_places=6, null=True, blank=True
    )
    hours = models.TextField(blank=True)  # opening_hours syntax of OpenStreetMap
    picture_url = models.CharField(max_length=500, blank=True)
    logo_url = models.CharField(max_length=500, blank=True)
    brand_colour = models.CharField(max_length=7, blank=True)
    next_slot_at = models.DateTimeField(null=True, blank=True)
    # Of the shop's row at the time it was published: deliveries may be unordered.
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(latitude__isnull=True)
                | models.Q(latitude__range=(-90, 90)),
                name="shop_card_latitude_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(longitude__isnull=True)
                | models.Q(longitude__range=(-180, 180)),
                name="shop_card_longitude_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CapturedMail(models.Model):
    """A mail the demo's backend kept instead of sending."""

    captured_at = models.DateTimeField(db_index=True)
    schema_name = models.CharField(max_length=63)
    sender = models.CharField(max_length=320)
    recipients = models.TextField()
    subject = models.TextField()
    text = models.TextField()
    html = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipients}"
