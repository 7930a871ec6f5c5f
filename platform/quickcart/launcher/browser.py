"""A Chromium for the browser tests. Standard library only."""

# ruff: noqa: S603 (no shell, and nothing in a command comes from outside)

import os
import shutil
import subprocess

from . import console, toolchain
from .errors import LauncherError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
VARIABLE = "QUICKCART_CHROMIUM"


def find() -> str | None:
    """Return the path of a Chromium that runs, or None."""
    named = os.environ.get(VARIABLE)
    for name in [named] if named else NAMES:
        path = shutil.which(name)
        if path and _runs(path):
            return path
    return None if named else _playwrights_own()


def _runs(path: str) -> bool:
    # Ubuntu's package is a stub that asks for snap; only running it tells.
    try:
        done = subprocess.run(
            [path, "--version"], capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _playwrights_own() -> str | None:
    question = (
        "from playwright.sync_api import sync_playwright as start\n"
        "with start() as playwright: print(playwright.chromium.executable_path)"
    )
    done = subprocess.run(
        [toolchain.PYTHON, "-c", question], capture_output=True, text=True, check=False
    )
    path = done.stdout.strip()
    return path if done.returncode == 0 and path and _runs(path) else None


def provide() -> None:
    """Find a Chromium or install one; where neither works, say so loudly.

    Raises:
        LauncherError: there is none, and this is a continuous integration run.
    """
    with console.step("Chromium for the browser tests") as conclude:
        path = find() or _install()
        if path:
            conclude(path)
            return
    message = "No Chromium can be had here: THE BROWSER TESTS WILL NOT RUN."
    hint = (
        "Install one (apt install chromium) or name one: "
        f"{VARIABLE}=/path/to/chromium make test"
    )
    if os.environ.get("CI"):
        raise LauncherError(message, hint)
    bar = "!" * 72
    console.say(f"\n{bar}\n{message}\n{hint}\n{bar}\n")


def _install() -> str | None:
    toolchain.apt_install("chromium")
    if path := find():
        return path
    dependencies: list[str] = ["--with-deps"] if os.geteuid() == 0 else []
    playwright = [str(toolchain.PYTHON), "-m", "playwright"]
    try:
        console.run([*playwright, "install", *dependencies, "chromium"])
    except LauncherError:
        return None
    return find()
