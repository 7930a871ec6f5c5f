from django.apps import AppConfig


class TrackingConfig(AppConfig):
    name = "storefront.tracking"
    label = "tracking"
    verbose_name = "Order tracking"
    default_auto_field = "django.db.models.BigAutoField"
