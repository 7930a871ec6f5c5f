from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "storefront.media"
    label = "media"
    verbose_name = "Pictures"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from storefront.media import receivers  # noqa: F401 (they register themselves)
