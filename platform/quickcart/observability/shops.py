"""Which shop a figure is of, in few enough words."""

from django.conf import settings
from django.http import HttpRequest

from quickcart.observability.probes import Probe
from tenants import context
from tenants.logs import HUB
from tenants.models import Shop

OTHER = "other"
NOBODY = "-"
#: Seconds after which a process looks again which shops are the first.
FRESH = 300.0
#: Seconds the first request of a process may wait for it.
PATIENCE = 0.5

#: Keys of the network's first shops: who is one of them stays one, as new keys are
#: higher. So it holds, too, while the database is away.
_first: set[int] = set()


def _look() -> int:
    """Find out which shops are the first; their keys have gaps."""
    with context.in_public():
        keys = Shop.objects.order_by("pk").values_list("pk", flat=True)
        _first.update(keys[: settings.METRICS_MOST_SHOPS])
    return len(_first)


first = Probe(_look, fresh=FRESH, patience=PATIENCE)


def label(shop: Shop | None) -> str:
    """Return a shop's own name for the few that have one, else "other".

    There are at most as many answers as METRICS_SHOPS names, or METRICS_MOST_SHOPS,
    and two.
    """
    if shop is None:
        return HUB
    if settings.METRICS_SHOPS:
        return shop.subdomain if shop.subdomain in settings.METRICS_SHOPS else OTHER
    first.latest()
    return shop.subdomain if shop.pk in _first else OTHER


def label_of(request: HttpRequest) -> str:
    """Return the label of the shop a request went to; "-" for hosts of nobody."""
    if not hasattr(request, "tenant"):
        return NOBODY
    return label(request.tenant)
