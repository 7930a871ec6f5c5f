"""Log files of the programs: written by them, followed by us.

Programs write to files and not to us, so that a launcher that is killed does not take
them along by a broken pipe, and nothing they say is lost.
"""

from collections.abc import Iterable
from pathlib import Path

LIMIT = 20 * 1024 * 1024


def trim(path: Path) -> None:
    """Keep a log from growing for ever; the older part stays beside it.

    The file is emptied in place: its writer appends and goes on writing.
    """
    if not path.exists() or path.stat().st_size <= LIMIT:
        return
    path.with_suffix(".log.1").write_bytes(path.read_bytes())
    with path.open("r+b") as file:
        file.truncate()


def last_lines(path: Path, count: int = 20) -> list[str]:
    """Return the end of a log, for someone who asks why."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 64 * 1024, 0))
        return file.read().decode(errors="replace").splitlines()[-count:]


class Follower:
    """Reads what is appended to a log from now on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = path.stat().st_size if path.exists() else 0
        self.rest = b""

    def lines(self) -> Iterable[str]:
        """Return the whole lines written since the last call."""
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            return []
        if size < self.offset:
            self.offset = 0
        if size == self.offset:
            return []
        with self.path.open("rb") as file:
            file.seek(self.offset)
            self.rest += file.read(size - self.offset)
        self.offset = size
        *whole, self.rest = self.rest.split(b"\n")
        return [line.decode(errors="replace").rstrip() for line in whole]
