"""When customers may come: the shop's week, its closed days, its slots and seats."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class PickupSettings(models.Model):
    """The shop's hours and pickup rules: one row in each shop's schema.

    Hours are kept in OpenStreetMap's opening_hours syntax and mean the shop's
    own time zone; `kernel.hours` is the one reader.
    """

    opening_hours = models.TextField(_("opening hours"))
    hours_note = models.CharField(_("note on the hours"), max_length=160, blank=True)
    pickup_windows = models.TextField(_("pickup windows"))
    place = models.CharField(_("where to come"), max_length=160, blank=True)
    what_to_bring = models.CharField(_("what to bring"), max_length=160, blank=True)
    slot_minutes = models.PositiveSmallIntegerField(
        _("length of a slot, minutes"),
        default=30,
        validators=[MinValueValidator(5), MaxValueValidator(480)],
    )
    capacity = models.PositiveSmallIntegerField(
        _("orders in a slot"), default=6, validators=[MaxValueValidator(1000)]
    )
    lead_minutes = models.PositiveIntegerField(
        _("time needed to pack, minutes"),
        default=60,
        validators=[MaxValueValidator(14 * 24 * 60)],
    )
    cutoff_minutes = models.PositiveIntegerField(
        _("orders close before the slot, minutes"),
        default=30,
        validators=[MaxValueValidator(14 * 24 * 60)],
    )
    horizon_days = models.PositiveSmallIntegerField(
        _("days ahead"),
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    hold_minutes = models.PositiveSmallIntegerField(
        _("a chosen slot is kept for, minutes"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    # The only value is True: there is one row.
    is_the_one = models.BooleanField(default=True, unique=True, editable=False)

    class Meta:
        verbose_name = _("pickup settings")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_the_one=True), name="pickup_settings_one_row"
            ),
            models.CheckConstraint(
                condition=Q(slot_minutes__range=(5, 480)),
                name="pickup_slot_minutes_in_range",
            ),
        ]

    def __str__(self) -> str:
        return "Pickup settings"


class Closure(models.Model):
    """Days on which the shop is closed, against its week."""

    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    reason = models.CharField(_("shown to customers"), max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="closure_days_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} – {self.ends_on}"


class Slot(models.Model):
    """A stretch of time with room for so many orders.

    A row is made when the first customer asks for it; until then its window
    speaks for it.
    """

    starts_at = models.DateTimeField(unique=True)
    ends_at = models.DateTimeField()
    capacity = models.PositiveSmallIntegerField()
    booked = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(booked__lte=F("capacity")), name="slot_booked_within_room"
            ),
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="slot_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}Z"


class SlotHold(models.Model):
    """A seat kept for a basket while its owner fills in the form.

    Counts only until `expires_at`, by the clock of whoever asks.
    """

    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="holds")
    basket = models.OneToOneField(
        "basket.Basket", on_delete=models.CASCADE, related_name="slot_hold"
    )
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["slot", "expires_at"], name="hold_live")]

    def __str__(self) -> str:
        return f"{self.slot_id} until {self.expires_at:%H:%M:%S}Z"


class Booking(models.Model):
    """An order's seat. Given back at most once: `released_at` says when."""

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="bookings")
    order = models.OneToOneField(
        "order.Order", on_delete=models.CASCADE, related_name="booking"
    )
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.order_id} in {self.slot_id}"
