"""The port through which selling asks for a time to collect.

Pickup (or, one day, delivery) stands above the storefront and provides this; the
storefront never imports it. The provider is named in settings.FULFILMENT.

`reserve` and `release` run inside the order's transaction. `reserve` comes last
in it: a seat is the scarcest thing, so its row is locked last and shortest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Literal, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from storefront.oscar_apps.basket.models import Basket
    from storefront.oscar_apps.order.models import Order

SlotState = Literal["free", "few", "full", "held"]


@dataclass(frozen=True, slots=True)
class SlotOffer:
    """A slot as the customer may choose it.

    `value` is what the form sends back: the start in UTC as ISO 8601 with Z.
    `state` is "held" for the slot this very basket holds.
    """

    value: str
    starts_at: datetime  # in the shop's zone
    ends_at: datetime  # in the shop's zone
    left: int
    state: SlotState


@dataclass(frozen=True, slots=True)
class DayOffer:
    """A day with its slots, in the shop's zone; `note` says why there are none."""

    date: date
    slots: Sequence[SlotOffer]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """A seat kept for a basket until `expires_at`."""

    slot: SlotOffer
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Reservation:
    """A seat an order has: what is written into the order itself."""

    collect_from: datetime
    collect_until: datetime
    estimated_ready_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where to come and what to bring, in the shop's words."""

    where: str
    bring: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What a basket's owner chooses a time by, as it is at one moment."""

    days: Sequence[DayOffer]
    hold: Hold | None
    place: Place


@dataclass(frozen=True, slots=True)
class WeekDay:
    """One line of the hours table: "Monday", ("09:00–13:00", "14:00–18:00")."""

    name: str
    hours: Sequence[str]
    is_today: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """The shop's hours as a page shows them, computed from the one source.

    `status` is a whole sentence: "Open until 18:30", "Opens Monday at 09:00".
    """

    is_open: bool
    status: str
    week: Sequence[WeekDay]
    note: str
    source: str  # opening_hours syntax, closed days in it: what the hub is told
    stands_until: datetime  # from then on it says something else: another day at least


class Fulfilment(Protocol):
    def opening(self, *, now: datetime) -> Opening:
        """Return the shop's hours."""

    def place(self) -> Place:
        """Return where to collect."""

    def days(self, *, basket: "Basket | None", now: datetime) -> list[DayOffer]:
        """Return the days and slots a basket may choose from, full ones included."""

    def choice(self, *, basket: "Basket", now: datetime) -> Choice:
        """Return all that a basket's owner chooses a time by."""

    def next_slot(self, *, now: datetime) -> datetime | None:
        """Return the start of the earliest slot with room."""

    def hold(self, value: str, *, basket: "Basket", now: datetime) -> Hold:
        """Keep a seat for a basket, giving back the one it held.

        Raises:
            SlotUnknown, SlotFull, SlotClosed: subclasses of kernel's Refusal.
        """

    def current_hold(self, *, basket: "Basket", now: datetime) -> Hold | None:
        """Return the basket's live hold."""

    def quote(
        self, value: str, *, basket: "Basket | None", now: datetime
    ) -> Reservation:
        """Check, without a lock, that a slot can still be had; say what it means.

        Raises:
            SlotUnknown, SlotFull, SlotClosed.
        """

    def reserve(
        self, value: str, *, order: "Order", basket: "Basket | None", now: datetime
    ) -> None:
        """Take a seat for an order, in its transaction; the basket's hold ends.

        Raises:
            SlotUnknown, SlotFull, SlotClosed: the transaction must be rolled back.
        """

    def release(self, *, order: "Order", now: datetime) -> bool:
        """Give an order's seat back, once; say whether this call did it."""

    def changeable_until(self, *, collect_from: datetime) -> datetime:
        """Return when an order for a slot becomes too late to change or cancel."""


@cache
def provider() -> Fulfilment:
    """Return what settings.FULFILMENT names."""
    found: Fulfilment = import_string(settings.FULFILMENT)()
    return found
