"""What the person at the keyboard sees: steps with their time, and sentences."""

# ruff: noqa: S603 (no shell, and nothing in a command comes from outside)

import contextlib
import errno
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from .errors import LauncherError

COLOURS = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36}
WIDTH = 58
LINES_ON_FAILURE = 40


def is_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str) -> str:
    """Return `text` in colour where colours are seen and wanted."""
    if not is_terminal() or os.environ.get("NO_COLOR"):
        return text
    return f"\033[{COLOURS[colour]}m{text}\033[0m"


def say(text: str = "") -> None:
    """Print a line at once, whatever the terminal can show of it."""
    encoding = sys.stdout.encoding or "ascii"
    try:
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        sys.stdout.flush()
    except OSError as error:
        # A log on a disk that is full: who speaks has more to do than to speak.
        if error.errno != errno.ENOSPC:
            raise


def _sign(nice: str, plain: str) -> str:
    return nice if (sys.stdout.encoding or "").lower().startswith("utf") else plain


def complain(message: str, hint: str = "") -> None:
    """Say what is wrong, and the way out."""
    sys.stdout.flush()
    sign = paint(_sign("✗", "x"), "red")
    text = f"\n{sign} {message}\n"
    if hint:
        text += "".join(f"  {line}\n" for line in hint.splitlines())
    sys.stderr.write(text)
    sys.stderr.flush()


@contextlib.contextmanager
def step(title: str) -> Iterator[Callable[[str], None]]:
    """Show a step while it runs, and how long it took.

    Yields a function that replaces what is said in the end, for a step that found
    nothing to do.
    """
    ending = title
    began = time.monotonic()

    def conclude(words: str) -> None:
        nonlocal ending
        ending = f"{title}: {words}"

    say(paint(f"{_sign('→', '>')} {title}", "blue"))
    yield conclude
    seconds = f"{time.monotonic() - began:6.1f} s"
    if is_terminal() and not _Indented.written:
        sys.stdout.write("\033[1A\033[2K")
    _Indented.written = False
    say(f"{paint(_sign('✓', '+'), 'green')} {ending:<{WIDTH}}{seconds}")


class _Indented:
    """Whether a step has shown lines of its own since it was announced."""

    written = False


def detail(line: str) -> None:
    """Print a line that belongs to the step being shown."""
    if not line:
        return
    _Indented.written = True
    say(f"    {line}")


class Job:
    """A program at work; one that is left before its end is terminated."""

    def __init__(
        self,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.command = [str(part) for part in argv]
        self.output = tempfile.TemporaryFile("w+b")  # noqa: SIM115 (closed in __exit__)
        try:
            self.process = subprocess.Popen(
                self.command,
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=self.output,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            self.output.close()
            raise LauncherError(
                f"{self.command[0]} cannot be run: {error.strerror}."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
        self.output.close()

    def finish(self, tell: Callable[[str], None] = detail) -> str:
        """Pass on what the program says until it ends; return all of it.

        Raises:
            LauncherError: it failed; carries its last lines.
        """
        said: list[str] = []
        rest, offset, has_ended = b"", 0, False
        while not has_ended:
            has_ended = self.process.poll() is not None
            # The program writes through the same open file: read beside its place.
            fresh = os.pread(self.output.fileno(), 1 << 20, offset)
            offset += len(fresh)
            *lines, rest = (rest + fresh).split(b"\n")
            if has_ended and rest:
                lines.append(rest)
            for line in lines:
                said.append(line.decode(errors="replace").rstrip())
                tell(said[-1])
            if not has_ended:
                time.sleep(0.05)
        if self.process.returncode:
            raise self._failure(said)
        return "\n".join(said)

    def _failure(self, said: list[str]) -> LauncherError:
        name = " ".join(Path(part).name for part in self.command[:4])
        last = "\n".join(said[-LINES_ON_FAILURE:])
        return LauncherError(f"`{name} …` failed ({self.process.returncode}):\n{last}")


def run(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    tell: Callable[[str], None] = detail,
) -> str:
    """Run a program, passing on what it says, and return it.

    Raises:
        LauncherError: it could not be run or failed; carries its last lines.
    """
    with Job(argv, env=env, cwd=cwd) as job:
        return job.finish(tell)
