from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    name = "storefront.workspace"
    label = "workspace"
    verbose_name = "Workspace"
