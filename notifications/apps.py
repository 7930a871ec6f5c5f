from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Post office"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from notifications import backends, live  # noqa: F401 (they take messages)
