"""The name of the edition, and what gives it a new one."""

from django.db import migrations

# A random name, not a number: a schema that was restored or moved to another server
# never comes by a name it has had.
TABLE = """
CREATE TABLE editions_current (
    is_the_one boolean DEFAULT true
        CONSTRAINT editions_current_pkey PRIMARY KEY
        CONSTRAINT editions_current_one_row CHECK (is_the_one),
    name uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO editions_current DEFAULT VALUES;
"""

# Once in a transaction, however many rows it has changed. The schema is the table's:
# the one in force when the transaction ends may be another.
START_NEW = """
CREATE FUNCTION editions_start_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'UPDATE %I.editions_current SET name = gen_random_uuid() '
        'WHERE xmin <> pg_current_xact_id()::xid', TG_TABLE_SCHEMA);
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    # No model: a row of no meaning to anybody but the function that reads it, and
    # steps that are SQL alone run in a thousand shops in seconds.
    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE editions_current"),
        migrations.RunSQL(START_NEW, "DROP FUNCTION editions_start_new()"),
    ]
