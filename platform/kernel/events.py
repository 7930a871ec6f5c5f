"""What happened, told to whoever counts.

Parts that do the work may not know who watches them: they tell, and the wiring
listens. Where nobody listens, telling costs a look at an empty list.
"""

from collections.abc import Callable

Listener = Callable[[str, dict[str, str]], None]

_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Call `listener(event, facts)` for every event from now on, once each."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(event: str, **facts: str) -> None:
    """Say that something happened.

    Args:
        event: its name, "delivery".
        facts: a few words of which there are few: an outcome, a kind. Never a name,
            a number or anything else that grows with customers.
    """
    for listener in _listeners:
        listener(event, facts)
