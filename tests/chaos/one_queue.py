"""QuickCart's pages with the turns taken out: everybody waits in one queue.

Served in place of `quickcart.wsgi` by the negative control alone: a crowd at one shop
that does not keep the others waiting here would prove nothing where shops take turns.
"""

from typing import Any

# Django is set up by it, and must be for all that follows.
from quickcart.wsgi import application  # isort: split

from quickcart import turns

__all__ = ["application"]


def _the_one(_door: turns.Door, _scope: dict[str, Any]) -> str:
    return "everybody"


turns.Door._queue_of = _the_one
