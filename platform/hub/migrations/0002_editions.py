"""The hub's pages show the shops and their cards."""

from django.db import migrations

from tenants.editions.watching import watch


class Migration(migrations.Migration):
    dependencies = [
        ("editions", "0001_initial"),
        ("hub", "0001_initial"),
        ("tenants", "0004_editions"),
    ]

    operations = [watch("hub_shopcard"), watch("tenants_shop")]
