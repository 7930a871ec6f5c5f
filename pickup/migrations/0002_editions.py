"""Hours and closed days stand on every page."""

from django.db import migrations

from tenants.editions.watching import watch


class Migration(migrations.Migration):
    dependencies = [("editions", "0001_initial"), ("pickup", "0001_initial")]

    operations = [watch("pickup_pickupsettings"), watch("pickup_closure")]
