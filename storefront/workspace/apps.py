from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    name = "storefront.workspace"
    label = "workspace"
    verbose_name = "Workspace"

    def ready(self) -> None:
        from storefront.workspace import zone

        zone.install()
