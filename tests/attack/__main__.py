"""`make attack`: try to see, change and break what is not one's own.

Each module beside this one holds CHECKS: a list of `support.verdicts.Check`.
"""

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator

import django
from django.test.utils import setup_test_environment
from support import verdicts

#: In this order; a module that is not there (yet) is passed over.
MODULES = [
    "isolation",
    "programs",
    "access",
    "malformed",
    "browser",
    "doors",
    "headers",
    "sockets",
    "secrets",
]


def checks() -> Iterator[verdicts.Check]:
    for name in MODULES:
        if importlib.util.find_spec(f"attack.{name}"):
            yield from importlib.import_module(f"attack.{name}").CHECKS


def set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quickcart.settings.test")
    django.setup()
    setup_test_environment(debug=False)


def main() -> int:
    set_up()
    importlib.import_module("attack.stage").keep()
    return verdicts.run(
        [*checks()], about="Attack QuickCart as a stranger would.", argv=sys.argv[1:]
    )


if __name__ == "__mp_main__":
    # A process that a check has started: what it is to do is unpickled after this.
    set_up()
if __name__ == "__main__":
    sys.exit(main())
