"""The hours and pickup rules a new shop starts with."""

from datetime import datetime

from pickup.models import PickupSettings
from tenants.models import Shop
from tenants.provisioning import Application


def seed_shop(*, shop: Shop, application: Application, now: datetime) -> None:
    """Open on weekdays and Saturdays until the owner says otherwise."""
    PickupSettings.objects.create(
        opening_hours="Mo-Fr 09:00-18:00; Sa 09:00-16:00",
        pickup_windows="Mo-Fr 10:00-18:00; Sa 10:00-16:00",
    )
