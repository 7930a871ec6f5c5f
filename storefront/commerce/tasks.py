"""What selling leaves behind and nobody comes back for."""

from datetime import timedelta

from celery import shared_task

from kernel import clock
from storefront.commerce import baskets
from tenants import fleet, guard

#: Longer than a guest's cookie lasts (settings.OSCAR_BASKET_COOKIE_LIFETIME).
ABANDONED_AFTER = timedelta(days=30)

HAS_ABANDONED = """EXISTS (
    SELECT FROM %1$I.basket_basket
    WHERE owner_id IS NULL AND status = 'Open'
      AND date_created < now() - interval '30 days'
)"""


@shared_task
def clear_baskets(**kwargs: object) -> None:
    """Delete a shop's guest baskets that no cookie leads to any more."""
    baskets.clear_abandoned(before=clock.now() - ABANDONED_AFTER)


@shared_task(base=guard.HubTask)
def clear_baskets_everywhere(**kwargs: object) -> None:
    """Have each shop that has abandoned baskets delete them."""
    for schema_name in fleet.schemas_where(HAS_ABANDONED):
        guard.send_for(schema_name, clear_baskets)
