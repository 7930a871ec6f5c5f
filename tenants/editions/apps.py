from django.apps import AppConfig


class EditionsConfig(AppConfig):
    name = "tenants.editions"
    label = "editions"
    verbose_name = "Editions of pages"
