"""What the tenancy layer does in the background."""

from celery import shared_task
from django.conf import settings

from kernel import clock
from tenants import guard, provisioning


@shared_task(base=guard.HubTask)
def top_up_spares(**kwargs: object) -> int:
    """Keep as many ready-made schemas as QUICKCART_SPARE_SCHEMAS says."""
    return provisioning.top_up_spares(
        wanted=settings.QUICKCART_SPARE_SCHEMAS, now=clock.now()
    )
