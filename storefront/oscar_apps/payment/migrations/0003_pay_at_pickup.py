"""Every shop can be paid at the counter from its first order on."""

from django.db import migrations


def add(apps, schema_editor):
    SourceType = apps.get_model("payment", "SourceType")
    SourceType.objects.get_or_create(
        code="pay_at_pickup", defaults={"name": "Pay when you collect"}
    )


class Migration(migrations.Migration):
    dependencies = [("payment", "0002_captured_once")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
