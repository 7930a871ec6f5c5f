from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    name = "storefront.checkout"
    label = "checkout_page"  # Oscar's own app has the plain name
    verbose_name = "Checkout page"
