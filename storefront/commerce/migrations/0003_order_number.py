"""Order numbers: one sequence a shop, increasing, gaps allowed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("commerce", "0002_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE commerce_order_number AS bigint START 1001",
            "DROP SEQUENCE commerce_order_number",
        )
    ]
