"""Questions that pages ask again and again, put into SQL once.

Django takes several times as long to word such a question as PostgreSQL takes to
answer it. Nothing in a statement names a shop: whose tables are meant is said by the
connection.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tenants.database import connection

if TYPE_CHECKING:
    from django.db.models import QuerySet

Row = tuple[Any, ...]

_BLANK = re.compile(r"blank\d+blank")


def blank(number: int) -> str:
    """Return what stands in a statement where a word will: itself a plain word."""
    return f"blank{number}blank"


class Statement:
    """The SQL of a query whose blanks are filled in whenever it is asked."""

    def __init__(self, asked: "QuerySet[Any, Any]") -> None:
        """Take a query of `values_list`, with blanks where values will stand.

        A blank is a number that the query would not hold otherwise, or a word made
        by `blank`, which may stand among other signs.
        """
        self._sql, self._values = asked.query.sql_with_params()

    def rows(self, filled: Mapping[Any, Any]) -> list[Row]:
        """Return the rows for these values, each in the place of its blank."""
        values = [_filled(value, filled) for value in self._values]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, values)
            rows: list[Row] = cursor.fetchall()
        return rows


def _filled(value: Any, filled: Mapping[Any, Any]) -> Any:
    if isinstance(value, str):
        # In one pass: a visitor may look for what is written like a blank.
        return _BLANK.sub(lambda found: filled[found[0]], value)
    return filled.get(value, value) if isinstance(value, int) else value
