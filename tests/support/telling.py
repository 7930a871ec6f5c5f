"""A door that tells the log all of each request: what no program should.

What searches logs must know each thing again as it stands there.
"""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)


class TellingMiddleware:
    """Write down what was asked, what was sent, and what the browser keeps or is given."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        given = {name: each.value for name, each in response.cookies.items()}
        asked = request.get_full_path(), dict(request.POST), dict(request.COOKIES)
        logger.info("%r", (*asked, given))
        return response
