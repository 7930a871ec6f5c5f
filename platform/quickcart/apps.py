from django.apps import AppConfig


class QuickcartConfig(AppConfig):
    """The wiring: what ties the network's parts together when it starts."""

    name = "quickcart"
    verbose_name = "QuickCart"

    def ready(self) -> None:
        # Every process that sends a task needs the application, not only the worker:
        # without it a task would go to Celery's default broker.
        from quickcart import celery  # noqa: F401
