"""`make attack`: try to see, change and break what is not one's own.

Each module beside this one holds CHECKS: a list of `support.verdicts.Check`.
"""

import importlib
import sys
from collections.abc import Iterator

from attack import setting_up
from support import verdicts

#: In this order.
MODULES = [
    "isolation",
    "programs",
    "access",
    "malformed",
    "browser",
    "elsewhere",
    "uploads",
    "doors",
    "redirects",
    "open_doors",
    "headers",
    "linters",
    "sockets",
    "secrets",
]


def checks() -> Iterator[verdicts.Check]:
    for name in MODULES:
        yield from importlib.import_module(f"attack.{name}").CHECKS


def main() -> int:
    setting_up.set_up()
    importlib.import_module("attack.stage").keep()
    return verdicts.run(
        [*checks()], about="Attack QuickCart as a stranger would.", argv=sys.argv[1:]
    )


if __name__ == "__main__":
    sys.exit(main())
