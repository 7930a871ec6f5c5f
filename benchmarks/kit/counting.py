"""How often the database was asked; middleware that tells it, if it is asked to.

The same in QuickCart and in the Oscar project it is compared with.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

QUESTION, ANSWER = "X-Count-Queries", "X-Queries"


class QueryCountMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if QUESTION not in request.headers:
            return self.get_response(request)
        with counted() as queries:
            response = self.get_response(request)
        response[ANSWER] = str(len(queries))
        return response


@contextmanager
def counted() -> Iterator[list[str]]:
    """Yield the statements that the database is asked, as they come.

    Entering a shop's schema reads nothing and is left out.
    """
    queries: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        if not sql.startswith("SET search_path"):
            queries.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield queries
