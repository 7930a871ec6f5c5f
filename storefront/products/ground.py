"""What Oscar wants to exist before the first product: a class and a partner."""

from storefront.oscar_apps.catalogue.models import ProductClass
from storefront.oscar_apps.partner.models import Partner
from tenants import context


def groceries() -> ProductClass:
    """Return the one class of products: counted, collected, without attributes."""
    found, _made = ProductClass.objects.get_or_create(
        slug="grocery",
        defaults={
            "name": "Grocery",
            "track_stock": True,
            "requires_shipping": False,
        },
    )
    return found


def partner() -> Partner:
    """Return whose stock is sold: the shop's own."""
    found, _made = Partner.objects.get_or_create(
        code="shop", defaults={"name": context.current_shop().name}
    )
    return found
