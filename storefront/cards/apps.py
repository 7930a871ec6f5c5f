from django.apps import AppConfig


class CardsConfig(AppConfig):
    name = "storefront.cards"
    label = "cards"
    verbose_name = "Product cards"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from storefront.cards import handlers, receivers  # noqa: F401
