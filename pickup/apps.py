from django.apps import AppConfig


class PickupConfig(AppConfig):
    name = "pickup"
    verbose_name = "Pickup"
    default_auto_field = "django.db.models.BigAutoField"
