"""The launcher's door: `python3 -m quickcart.launcher COMMAND`."""

import argparse
import os
import sys
from pathlib import Path

from . import browser, console, servers, toolchain
from .errors import LauncherError

COMMANDS = {
    "up": "start everything and follow the logs",
    "down": "stop everything",
    "restart": "replace the programs one by one, without a pause",
    "status": "show what runs",
    "reset": "delete all data, after asking",
    "setup": "make the virtual environment and install requirements.txt",
    "test-tools": "install what tests need: packages, Chromium, nginx, PgBouncer, promtool",
    "supervise": argparse.SUPPRESS,
}


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="quickcart.launcher", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, words in COMMANDS.items():
        command = commands.add_parser(name, help=words)
        if name == "up":
            command.add_argument(
                "--detach", action="store_true", help="return once it is ready"
            )
        if name == "reset":
            command.add_argument("--yes", action="store_true", help="do not ask")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    try:
        toolchain.check_machine()
        if options.command in ("setup", "up"):
            toolchain.set_up()
        elif options.command == "test-tools":
            toolchain.set_up("requirements-dev.txt")
            browser.provide()
            servers.provide()
        if options.command in ("setup", "test-tools"):
            return 0
        return _inside(options, arguments)
    except LauncherError as error:
        console.complain(error.message, error.hint)
        return 1
    except KeyboardInterrupt:
        console.say("\nInterrupted. Nothing is lost; run the command again to go on.")
        return 130


def _inside(options: argparse.Namespace, arguments: list[str]) -> int:
    """Go on inside the virtual environment, where the product's packages are."""
    if Path(sys.prefix).resolve() != toolchain.VENV.resolve():
        if not toolchain.PYTHON.exists():
            console.say("QuickCart is not set up here. `make up` does it.")
            return 0
        environment = os.environ | {
            "PYTHONPATH": f"{toolchain.ROOT / 'platform'}{os.pathsep}{toolchain.ROOT}",
            "PYTHONUNBUFFERED": "1",
        }
        sys.stdout.flush()
        command = [str(toolchain.PYTHON), "-m", "quickcart.launcher", *arguments]
        os.execve(toolchain.PYTHON, command, environment)  # noqa: S606
    from . import commands

    return commands.run(options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
