"""A shop's addresses, and beside them two pages that others are measured against."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from pickup.models import PickupSettings
from quickcart.urls.shop import (  # noqa: F401 (names that Django looks for here)
    handler400,
    handler403,
    handler404,
    handler500,
    urlpatterns,
)
from storefront.cards.models import ProductCard
from storefront.oscar_apps.catalogue.models import Category, Product
from storefront.oscar_apps.partner.models import StockRecord


def hello(request: HttpRequest) -> HttpResponse:
    """Answer what costs nothing: what is left is the server and the middleware."""
    return HttpResponse("Hello, world!\n", content_type="text/plain")


def five(request: HttpRequest) -> HttpResponse:
    """Read one row of each of five tables, the way anybody would."""
    product = Product.objects.order_by("pk").first()
    card = ProductCard.objects.get(pk=product.pk)
    record = StockRecord.objects.filter(product_id=product.pk).first()
    category = Category.objects.order_by("path").first()
    rules = PickupSettings.objects.get()
    words = f"{card.title} {record.price} {category.name} {rules.place}\n"
    return HttpResponse(words, content_type="text/plain")


urlpatterns = [
    path("reference/hello/", hello),
    path("reference/five/", five),
    *urlpatterns,
]
