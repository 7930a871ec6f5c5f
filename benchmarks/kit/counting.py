"""Middleware that tells how often an answer asked the database, if it is asked to.

The same in QuickCart and in the Oscar project it is compared with.
"""

from collections.abc import Callable
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
        queries: list[str] = []

        def count(execute: Any, sql: str, *rest: Any) -> Any:
            queries.append(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(count):
            response = self.get_response(request)
        # Entering a shop's schema reads nothing.
        asked = [sql for sql in queries if not sql.startswith("SET search_path")]
        response[ANSWER] = str(len(asked))
        return response
