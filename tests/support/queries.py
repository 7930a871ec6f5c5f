"""Counting what a page asks of the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext


@contextmanager
def at_most(number: int) -> Iterator[None]:
    """Fail if a block asks the database more often.

    Entering and leaving a shop's schema reads nothing and is not counted.
    """
    with CaptureQueriesContext(connection) as captured:
        yield
    asked = [query["sql"] for query in captured]
    asked = [sql for sql in asked if not sql.startswith("SET search_path")]
    assert len(asked) <= number, "\n".join(asked)
