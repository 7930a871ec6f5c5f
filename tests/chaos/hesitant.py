"""QuickCart's pages, which hesitate before they take goods and seats.

Served in place of `quickcart.wsgi` where many want the same thing: who has looked and
not taken yet is where a race is lost. So the guards are tried, and so is what happens
without them (`unguarded.py`).
"""

import functools
import time
from collections.abc import Callable
from typing import Any

# Django is set up by it, and must be for all that follows.
from quickcart.wsgi import application  # isort: split

from pickup import seats
from storefront.commerce import stock

__all__ = ["application", "hesitating"]

#: Seconds between looking and taking, as a busy machine has them.
PAUSE = 0.2


def hesitating(take: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(take)
    def later(*args: Any, **more: Any) -> Any:
        time.sleep(PAUSE)
        return take(*args, **more)

    return later


stock._allocate = hesitating(stock._allocate)
seats.reserve = hesitating(seats.reserve)
