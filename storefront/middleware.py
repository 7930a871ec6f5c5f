"""Oscar's and Wagtail's middleware, kept off the hub."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from oscar.apps.basket.middleware import BasketMiddleware as OscarBasketMiddleware
from wagtail.contrib.redirects.middleware import RedirectMiddleware

from storefront.oscar_apps.basket.models import Basket
from tenants import context

View = Callable[[HttpRequest], HttpResponse]


class BasketMiddleware(OscarBasketMiddleware):
    """Oscar's basket of the request, where there is a shop.

    Offers are not applied: the shop sells at its shelf prices.
    """

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if context.is_public():
            return self.get_response(request)
        return super().__call__(request)

    def apply_offers_to_basket(self, request: HttpRequest, basket: Basket) -> None:
        """Leave prices as they are."""

    def process_template_response(
        self, request: HttpRequest, response: HttpResponse
    ) -> HttpResponse:
        """Leave the context alone: a page that shows the basket asks for it."""
        return response


class ShopRedirectMiddleware(RedirectMiddleware):
    """Wagtail's redirects, whose table exists in shops only."""

    def process_response(
        self, request: HttpRequest, response: HttpResponse
    ) -> HttpResponse:
        if context.is_public():
            return response
        return super().process_response(request, response)
