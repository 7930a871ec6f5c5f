"""Host names and full addresses of the hub and the shops."""

from django.conf import settings

from kernel.prepared import Parameter, Prepared
from tenants.models import Domain, Shop

_DOMAIN = Prepared[Domain](
    lambda: Domain.objects.filter(domain=Parameter("host")).select_related("tenant")
)


def host_of(subdomain: str) -> str:
    """Return a shop's host name, without port."""
    return f"{subdomain}.{settings.QUICKCART_DOMAIN}"


def shop_of_host(host: str) -> Shop | None:
    """Return the shop that answers to a host name; public must be in force."""
    domain = _DOMAIN.first(host=host.lower())
    return domain.tenant if domain else None


def _address(host: str) -> str:
    scheme, port = settings.QUICKCART_SCHEME, settings.QUICKCART_PORT
    is_default = (scheme, port) in {("http", 80), ("https", 443)}
    return f"{scheme}://{host}" if is_default else f"{scheme}://{host}:{port}"


def hub_url(path: str = "/") -> str:
    """Return a full address on the hub."""
    return f"{_address(settings.QUICKCART_DOMAIN)}{path}"


def shop_url(shop: Shop, path: str = "/") -> str:
    """Return a full address on a shop's host."""
    return f"{_address(host_of(shop.subdomain))}{path}"
