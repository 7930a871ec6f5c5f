"""Oscar's orders, with a life, a time to collect and a name nobody guesses."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from oscar.apps.order import abstract_models

from kernel import ids


class OrderStatus(models.TextChoices):
    """The life of an order; `storefront.commerce.life` says what may follow what."""

    PLACED = "placed", _("Placed")
    ACCEPTED = "accepted", _("Accepted")
    PICKING = "picking", _("Being packed")
    READY = "ready", _("Ready to collect")
    COLLECTED = "collected", _("Collected")
    CANCELLED = "cancelled", _("Cancelled")


class Order(abstract_models.AbstractOrder):
    """An order; `number` is for people, `public_reference` for links."""

    public_reference = models.CharField(
        max_length=16, unique=True, default=ids.random_reference, editable=False
    )
    customer_name = models.CharField(_("name"), max_length=120)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    note = models.CharField(_("note to the shop"), max_length=500, blank=True)
    payment_method = models.CharField(_("payment"), max_length=32)
    collect_from = models.DateTimeField(_("collect from"))
    collect_until = models.DateTimeField(_("collect until"))
    # What the customer was told when ordering; the board counts lateness by it.
    estimated_ready_at = models.DateTimeField(_("estimated ready"))
    status_changed_at = models.DateTimeField()

    class Meta(abstract_models.AbstractOrder.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=OrderStatus.values),
                name="order_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(collect_from__lt=F("collect_until")),
                name="order_collect_window_in_order",
            ),
            models.CheckConstraint(
                condition=Q(total_incl_tax__gte=0), name="order_total_not_negative"
            ),
            models.UniqueConstraint(fields=["basket"], name="order_one_per_basket"),
        ]
        indexes = [
            models.Index(fields=["collect_from"], name="order_collect_from"),
            models.Index(
                fields=["status", "collect_from"],
                condition=~Q(status__in=["collected", "cancelled"]),
                name="order_open_by_slot",
            ),
        ]

    @property
    def contact_email(self) -> str:
        return self.guest_email or (self.user.email if self.user else "")


class OrderStatusChange(abstract_models.AbstractOrderStatusChange):
    """One step of an order's life: what, when, by whom."""

    date_created = models.DateTimeField(_("Date Created"), db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # Kept when the account is deleted; a guest's own where there is none.
    actor_name = models.CharField(max_length=160)
    note = models.CharField(max_length=200, blank=True)


class Line(abstract_models.AbstractLine):
    """Goods of an order; `num_allocated` is what of it is still promised."""


class LinePrice(abstract_models.AbstractLinePrice):
    """What a line cost."""


from oscar.apps.order.models import *
