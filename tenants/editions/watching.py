"""Having a table's changes begin a new edition; for migrations."""

from django.db.migrations import RunSQL

#: Deferred: the row of the edition is locked by the commit itself, after every other
#: lock and for no longer than the commit takes. So writers neither wait for one
#: another's work nor lock crosswise. No column is named that could be missed or,
#: altered one day by a library's migration, be held fast by the trigger.
_TRIGGERS = """
CREATE CONSTRAINT TRIGGER edition_rows AFTER INSERT OR DELETE ON {table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
EXECUTE FUNCTION editions_start_new();
CREATE CONSTRAINT TRIGGER edition_values AFTER UPDATE ON {table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN ({before} IS DISTINCT FROM {after})
EXECUTE FUNCTION editions_start_new();
"""
_NO_TRIGGERS = """
DROP TRIGGER edition_rows ON {table};
DROP TRIGGER edition_values ON {table};
"""


def watch(table: str, *, unseen: tuple[str, ...] = ()) -> RunSQL:
    """Return the step that watches a table.

    Args:
        unseen: columns that change often and are shown to nobody.
    """
    before, after = "OLD.*", "NEW.*"
    if unseen:
        names = f"'{{{','.join(unseen)}}}'::text[]"
        before, after = (f"to_jsonb({row}) - {names}" for row in ("OLD", "NEW"))
    return RunSQL(
        _TRIGGERS.format(table=table, before=before, after=after),
        _NO_TRIGGERS.format(table=table),
    )
