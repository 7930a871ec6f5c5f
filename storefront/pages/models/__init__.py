"""Page kinds, one a file."""

from storefront.pages.models.base import ShopPage
from storefront.pages.models.home import HomePage
from storefront.pages.models.standard import StandardPage

__all__ = ["HomePage", "ShopPage", "StandardPage"]
