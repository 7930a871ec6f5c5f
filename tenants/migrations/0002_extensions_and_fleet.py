"""Extensions beside everybody's tables, and questions asked of all schemas at once."""

from django.db import migrations

EXTENSIONS = """
CREATE SCHEMA IF NOT EXISTS extensions;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA extensions;
"""

# One round trip for any number of shops. %1$I in the condition is the schema.
# A schema that lacks the table (it is being restored, say) is passed over.
SCHEMAS_WHERE = """
CREATE FUNCTION quickcart_schemas_where(condition text)
RETURNS TABLE (schema_name text) LANGUAGE plpgsql STABLE AS $$
DECLARE
    shop record;
    holds boolean;
BEGIN
    FOR shop IN SELECT s.schema_name FROM public.tenants_shop s ORDER BY s.id LOOP
        BEGIN
            EXECUTE format('SELECT ' || condition, shop.schema_name) INTO holds;
        EXCEPTION WHEN undefined_table OR invalid_schema_name THEN
            holds := false;
        END;
        IF holds THEN
            schema_name := shop.schema_name;
            RETURN NEXT;
        END IF;
    END LOOP;
END $$;
"""

# The set of applied migrations of every shop and of the template, as a digest.
DIGESTS = """
CREATE FUNCTION quickcart_migration_digests()
RETURNS TABLE (schema_name text, digest text) LANGUAGE plpgsql STABLE AS $$
DECLARE
    space record;
BEGIN
    FOR space IN
        SELECT n.nspname FROM pg_namespace n
        WHERE n.nspname ~ '^(shop_|qctemplate_)'
          AND to_regclass(format('%I.django_migrations', n.nspname)) IS NOT NULL
    LOOP
        schema_name := space.nspname;
        EXECUTE format(
            'SELECT md5(string_agg(app || ''.'' || name, '','' ORDER BY app, name))'
            ' FROM %I.django_migrations', space.nspname) INTO digest;
        RETURN NEXT;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.RunSQL(EXTENSIONS, migrations.RunSQL.noop),
        migrations.RunSQL(SCHEMAS_WHERE, "DROP FUNCTION quickcart_schemas_where(text)"),
        migrations.RunSQL(DIGESTS, "DROP FUNCTION quickcart_migration_digests()"),
    ]
