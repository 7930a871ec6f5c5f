"""How soon after a fault people are served again."""

from collections.abc import Callable

from chaos.customers import Traffic
from chaos.load import Readers, wait_until

#: What was on its way at that moment may still be answered.
ON_ITS_WAY = 0.2


def pages(readers: Readers, *, after: float) -> float:
    """Wait for a good page asked for after a moment; return how long it took.

    It may be one that is kept, and need no database.

    Raises:
        AssertionError: none comes within a minute.
    """
    return _waited(
        lambda: readers.first_good_after(after + ON_ITS_WAY), after=after, what="a page"
    )


def orders(traffic: Traffic, *, after: float) -> float:
    """Wait for an order sent after a moment; return when it was acknowledged.

    Raises:
        AssertionError: none is within a minute.
    """

    def first() -> float | None:
        sent_after = after + ON_ITS_WAY
        moments = (
            one.at for one in traffic.ordered if one.at - one.seconds >= sent_after
        )
        return min(moments, default=None)

    return _waited(first, after=after, what="an order")


def _waited(first: Callable[[], float | None], *, after: float, what: str) -> float:
    wait_until(lambda: first() is not None, seconds=60, what=what)
    return (first() or after) - after
