"""Where the servers' files are.

Normally in the var directory. Root's servers may have to run as `nobody`, who cannot
enter root's home: then their files move to the system's own place for such data, and
the var directory remembers where.
"""

import dataclasses
import hashlib
import shutil
from pathlib import Path

from .account import Account, candidates, nobody
from .errors import ServiceError

SYSTEM = Path("/var/lib/quickcart")
MINIMUM_FREE = 200 * 1024 * 1024


@dataclasses.dataclass(frozen=True)
class Place:
    """A directory for the servers' files and the account that may use it."""

    home: Path
    account: Account


def home_of(var: Path) -> Path:
    """Return the directory that holds (or will hold) the servers' files."""
    try:
        return Path((var / "services-home").read_text().strip())
    except FileNotFoundError:
        return var


def make(var: Path) -> None:
    """Create the var directory.

    Raises:
        ServiceError: it cannot be created or written to.
    """
    try:
        if not var.exists():
            var.mkdir(parents=True)
            # Servers may run as another user, who passes through to what is his.
            var.chmod(0o755)
        probe = var / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ServiceError(
            f"The data directory {var} cannot be written: {error.strerror}.",
            "If it was made by another user (or with sudo), give it to yourself:\n"
            f'    sudo chown -R "$USER" "{var}"\n'
            "or name another directory in QUICKCART_VAR.",
        ) from error


def settle(var: Path) -> Place:
    """Find an account that reaches the files, moving their place if none does.

    Raises:
        ServiceError: the disk is full, or no account can run the servers.
    """
    make(var)
    home = home_of(var)
    home.mkdir(parents=True, exist_ok=True)
    if (free := shutil.disk_usage(home).free) < MINIMUM_FREE:
        raise ServiceError(
            f"The disk with {home} is full: {free // 1024**2} MB are free, "
            f"{MINIMUM_FREE // 1024**2} MB are needed.",
            "Free some space, or name a directory on another disk in QUICKCART_VAR.",
        )
    for account in candidates(home):
        if account.can_enter(home):
            return Place(home=home, account=account)
    return _move_out(var)


def _move_out(var: Path) -> Place:
    digest = hashlib.sha256(str(var).encode()).hexdigest()[:12]
    home = SYSTEM / digest
    home.mkdir(mode=0o755, parents=True, exist_ok=True)
    for directory in (home, SYSTEM):
        directory.chmod(0o755)
    if not nobody().can_enter(home):
        raise ServiceError(
            "PostgreSQL does not run as root, and no other account can be used here.",
            "Start QuickCart as an ordinary user, or set DATABASE_URL and REDIS_URL.",
        )
    (var / "services-home").write_text(f"{home}\n")
    return Place(home=home, account=nobody())
