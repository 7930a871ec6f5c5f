"""django-tenants' database backend, with shops that cannot see public.

django-tenants puts public behind the shop on the search path, so a table
missing from a shop would quietly be read from the hub. Here a shop's path is
its own schema and the extensions: a missing table is an error.
"""

from django_tenants.postgresql_backend import base
from django_tenants.utils import get_public_schema_name

#: Where pg_trgm and unaccent live, apart from anybody's tables.
EXTENSIONS_SCHEMA = "extensions"


class DatabaseWrapper(base.DatabaseWrapper):
    def _get_cursor_search_paths(self) -> list[str]:
        paths: list[str] = super()._get_cursor_search_paths()
        public = get_public_schema_name()
        if self.schema_name != public:
            paths = [path for path in paths if path != public]
        return [*paths, EXTENSIONS_SCHEMA]
