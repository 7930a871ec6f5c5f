from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Shops of the network"

    def ready(self) -> None:
        from tenants import caches, checks  # noqa: F401 (checks register themselves)

        caches.install()
