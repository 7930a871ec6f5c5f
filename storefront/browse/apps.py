from django.apps import AppConfig


class BrowseConfig(AppConfig):
    name = "storefront.browse"
    label = "browse"
    verbose_name = "Shelves"
    default_auto_field = "django.db.models.BigAutoField"
