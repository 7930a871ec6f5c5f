from django.apps import AppConfig
from django.core import checks


class UiConfig(AppConfig):
    name = "ui"
    label = "ui"
    verbose_name = "Design system"

    def ready(self) -> None:
        from ui.checks import bundles_can_be_found

        checks.register(bundles_can_be_found)
