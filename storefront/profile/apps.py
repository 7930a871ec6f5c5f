from django.apps import AppConfig


class ProfileConfig(AppConfig):
    name = "storefront.profile"
    label = "profile"
    verbose_name = "Shop profile"
    default_auto_field = "django.db.models.BigAutoField"
