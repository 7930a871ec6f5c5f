from django.apps import AppConfig


class QuickcartConfig(AppConfig):
    """The wiring: what connects parts that may not know each other."""

    name = "quickcart"
    verbose_name = "QuickCart"

    def ready(self) -> None:
        # Every process that sends a task needs the Celery application, not only the
        # worker: without it a task would go to Celery's default broker.
        from quickcart import (  # noqa: F401 (they register themselves)
            celery,
            handlers,
        )
        from quickcart.observability import naming

        naming.carry()
