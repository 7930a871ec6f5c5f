from django.apps import AppConfig


class MailsConfig(AppConfig):
    name = "storefront.mails"
    label = "mails"
    verbose_name = "Letters to customers"

    def ready(self) -> None:
        from storefront.mails import handlers  # noqa: F401 (they take messages)
