"""Which shop a figure is of, in few enough words."""

from django.conf import settings
from django.http import HttpRequest

from tenants.logs import HUB
from tenants.models import Shop

OTHER = "other"
NOBODY = "-"


def label(shop: Shop | None) -> str:
    """Return a shop's own name for the few that have one, else "other".

    There are at most as many answers as METRICS_SHOPS names, or METRICS_MOST_SHOPS,
    and two.
    """
    if shop is None:
        return HUB
    if settings.METRICS_SHOPS:
        return shop.subdomain if shop.subdomain in settings.METRICS_SHOPS else OTHER
    return shop.subdomain if shop.pk <= settings.METRICS_MOST_SHOPS else OTHER


def label_of(request: HttpRequest) -> str:
    """Return the label of the shop a request went to; "-" for hosts of nobody."""
    if not hasattr(request, "tenant"):
        return NOBODY
    return label(request.tenant)
