"""Schemas, demo shops and the table of sign-ins, in one process.

Run by the launcher. Starting Django costs more than finding out that there is nothing
to do, so it is started once for all three.
"""

import io
import os
import sys
from pathlib import Path

from . import console

ACCOUNTS = "accounts.txt"


def main(var: Path) -> int:
    """Bring database and demo up to date; return the exit status."""
    import django
    from django.core.management import CommandError, call_command

    try:
        with console.step("Database schemas"):
            django.setup()
            call_command("migrate", stdout=_Details())
        with console.step("Demo shops"):
            call_command("load_demo", "--if-empty", stdout=_Details())
        table = io.StringIO()
        call_command("demo_accounts", stdout=table)
        _keep(var / ACCOUNTS, table.getvalue())
    except CommandError as error:
        console.complain(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _keep(path: Path, text: str) -> None:
    """Write the table where only its owner reads it: there are passwords in it."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


class _Details(io.TextIOBase):
    """A stream that shows whole lines as details of the step at work."""

    def __init__(self) -> None:
        self.rest = ""

    def write(self, text: str) -> int:
        *lines, self.rest = (self.rest + text).split("\n")
        for line in lines:
            console.detail(line)
        return len(text)


if __name__ == "__main__":
    sys.exit(main(Path(os.environ["QUICKCART_VAR"])))
