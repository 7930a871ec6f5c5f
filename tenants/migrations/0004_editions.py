"""The edition of any schema, asked for beside the row of its shop."""

from django.db import migrations

# Empty where a schema has none: it is behind in migrations, or being restored.
EDITION = """
CREATE FUNCTION quickcart_edition(schema_name text) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
DECLARE
    found uuid;
BEGIN
    EXECUTE format('SELECT name FROM %I.editions_current', schema_name) INTO found;
    RETURN found;
EXCEPTION WHEN undefined_table OR invalid_schema_name THEN
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_figures_of_schemas")]

    operations = [
        migrations.RunSQL(EDITION, "DROP FUNCTION quickcart_edition(text)"),
    ]
