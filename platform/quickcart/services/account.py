"""Which account of the operating system the servers run under.

PostgreSQL refuses to run as root. An ordinary user simply runs it. For root there
are several ways, tried in this order:

1. as whoever already owns the data (it may have been made before by another user),
2. in a user namespace of its own, where root appears as an ordinary user: it needs
   no second account and leaves every file owned by root,
3. as the owner of the directory the data live in,
4. as `nobody`.
"""

# ruff: noqa: S603 (no shell, and nothing in a command comes from outside)

import dataclasses
import functools
import os
import pwd
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict

NAMESPACE = ("unshare", "-U", "--map-user=1000", "--map-group=1000")


class PopenIdentity(TypedDict, total=False):
    """The part of subprocess.Popen's arguments that says who runs the program."""

    user: int
    group: int
    extra_groups: list[int]


@dataclasses.dataclass(frozen=True)
class Account:
    """An identity to run programs under."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def command(self, argv: Sequence[str | Path]) -> list[str]:
        return [*self.prefix, *map(str, argv)]

    def identity(self) -> PopenIdentity:
        if self.uid is None or self.gid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_run(self, argv: Sequence[str | Path]) -> bool:
        """Say whether `argv` succeeds under this account."""
        try:
            done = subprocess.run(
                self.command(argv),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=20,
                cwd="/",
                check=False,
                **self.identity(),
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0

    def can_enter(self, directory: Path) -> bool:
        return self.can_run(["test", "-x", directory])

    def own(self, directory: Path) -> None:
        """Make `directory`, private to this account, with all that is in it."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.geteuid() != 0:
            return
        uid, gid = self.uid or 0, self.gid or 0
        if directory.stat().st_uid == uid:
            # Only what root itself has put there since can be another's.
            paths = list(directory.iterdir())
        else:
            paths = [directory, *directory.rglob("*")]
        for path in paths:
            os.lchown(path, uid, gid)


def _of_user(uid: int) -> Account | None:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return None
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


@functools.cache
def nobody() -> Account:
    """Return the account with the fewest rights there is."""
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Account(uid=65534, gid=65534)
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def candidates(home: Path) -> Iterator[Account]:
    """Yield the accounts that may run servers with data under `home`, best first."""
    if os.geteuid() != 0:
        yield Account()
        return
    data = home / "postgres" / "data"
    if data.exists() and (owner := data.stat().st_uid) != 0:
        yield _of_user(owner) or Account(uid=owner, gid=data.stat().st_gid)
    yield Account(prefix=NAMESPACE)
    if home.exists() and (owner := home.stat().st_uid) != 0:
        yield _of_user(owner) or Account(uid=owner, gid=home.stat().st_gid)
    yield nobody()
