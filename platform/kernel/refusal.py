"""An anticipated "no", as an exception a door can show to a person.

A service that cannot do what it was asked raises a subclass of `Refusal`,
defined beside the function that raises it. Doors (pages, API, sockets)
translate it in one handler each; everything else that is raised is a bug.
"""

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """Say no, with a reason a person understands.

    Args:
        **data: JSON-serialisable facts for the sentence and for API clients.
    """

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str | Promise] = _("This cannot be done.")
    status: ClassVar[int] = 409

    def __init__(self, **data: object) -> None:
        super().__init__(self.code)
        self.data = data

    def __str__(self) -> str:
        return str(self.sentence) % self.data
