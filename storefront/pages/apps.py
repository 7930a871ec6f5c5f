from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "storefront.pages"
    label = "pages"
    verbose_name = "Pages"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from storefront.pages import receivers  # noqa: F401 (they register themselves)
