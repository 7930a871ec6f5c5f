"""Messages that do harm, put into a shop's outbox all the while its customers order."""

import bisect
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from chaos import poisoned
from chaos.ground import Ground

from kernel import clock
from notifications.models import Message
from notifications.services import relay

#: Seconds between two of them; one in so many kills who takes it.
PACE, ONE_KILLS = 0.1, 20
#: Seconds between two looks at what is due, and after which nobody goes on.
A_LOOK, LONGEST = 0.01, 180.0
PREFIX = "poison:"


@dataclass(frozen=True)
class Letter:
    """A message that left."""

    posted: datetime
    left: datetime

    @property
    def delay(self) -> float:
        return (self.left - self.posted).total_seconds()


@dataclass
class Poison:
    """What nobody takes, what fails, and what kills who takes it.

    Each has one life left: trying as often as the relay does takes a day.
    """

    ground: Ground
    number: int = 0
    #: When was looked, and the keys of what might be taken at that moment.
    _looks: list[tuple[datetime, frozenset[int]]] = field(default_factory=list)

    def pour(self, *, until: Callable[[], bool]) -> None:
        """Post one after the other until something is so, or for long enough."""
        next_at = began = time.monotonic()
        with self.ground.inside("alder"):
            while not until() and time.monotonic() < began + LONGEST:
                if time.monotonic() >= next_at:
                    next_at += PACE
                    self._post()
                self._look()
                time.sleep(A_LOOK)

    def was_due(self, moment: datetime) -> bool:
        """Say whether one and the same might be taken shortly before and after."""
        after = bisect.bisect(self._looks, moment, key=lambda look: look[0])
        if not 0 < after < len(self._looks):
            return False
        (_then, before), (_now, still) = self._looks[after - 1 : after + 1]
        return not before.isdisjoint(still)

    def _post(self) -> None:
        # One without an order, one of a kind that nobody takes.
        kind = ("order_mail", "unheard_of")[self.number % 2]
        if self.number % ONE_KILLS == 0:
            kind = poisoned.KINDS[self.number // ONE_KILLS % 2]
        now = clock.now()
        Message.objects.create(
            dedupe_key=f"{PREFIX}{self.number}",
            kind=kind,
            attempts=relay.MAX_ATTEMPTS - 1,
            next_attempt_at=now,
            created_at=now,
        )
        self.number += 1

    def _look(self) -> None:
        now = clock.now()
        due = Message.objects.due(now).filter(dedupe_key__startswith=PREFIX)
        self._looks.append((now, frozenset(due.values_list("pk", flat=True))))
