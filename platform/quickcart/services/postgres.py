"""PostgreSQL 18, from initdb to shutdown."""

# ruff: noqa: S603 (no shell, and nothing in a command comes from outside)

import hashlib
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg2

from . import binaries, ports, processes
from .errors import ServiceError
from .place import Place
from .server import Server, StartFailed, WrongPassword

MAJOR = "18"
USER = DATABASE = "quickcart"
MARK = "quickcart-complete"

SETTINGS = {
    "listen_addresses": ports.LOOPBACK,
    # TCP only: a socket's path may not exceed 107 characters, a data directory may.
    "unix_socket_directories": "",
    "max_connections": "200",
    # A schema per shop: one statement over many shops locks thousands of tables.
    "max_locks_per_transaction": "1024",
    "shared_buffers": "128MB",
    # No disk that turns: reading here and there costs hardly more than in a row.
    "random_page_cost": "1.1",
    "fsync": "on",
    # After a crash: one call for the whole file system, not one for each of the
    # hundreds of files a shop has.
    "recovery_init_sync_method": "syncfs",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # What failed, without the statement and the row: they hold what people wrote.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class Postgres(Server):
    """The embedded PostgreSQL of one var directory."""

    name = "postgres"
    label = "PostgreSQL"
    variable = "DATABASE_URL"

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def tag(self) -> str:
        """The name that every process of this server carries in its title."""
        return f"quickcart-{hashlib.sha256(str(self.data).encode()).hexdigest()[:12]}"

    def url(self) -> str:
        address = f"{ports.LOOPBACK}:{self.port}"
        return f"postgres://{USER}:{self.password}@{address}/{DATABASE}"

    def pids(self) -> list[int]:
        return processes.find("postgres", self.tag)

    def pid(self) -> int | None:
        try:
            first = (self.data / "postmaster.pid").read_text().split("\n")[0]
            pid = int(first)
        except (OSError, ValueError):
            return None
        return pid if pid in self.pids() else None

    def is_ready(self) -> bool:
        try:
            self._connect(DATABASE).close()
        except psycopg2.OperationalError as error:
            if "password authentication failed" in str(error):
                raise WrongPassword from error
            if f'database "{DATABASE}" does not exist' not in str(error):
                return False
            self._create_database()
        return True

    def _connect(self, database: str) -> psycopg2.extensions.connection:
        return psycopg2.connect(
            host=ports.LOOPBACK,
            port=self.port,
            user=USER,
            password=self.password,
            dbname=database,
            connect_timeout=3,
        )

    def _create_database(self) -> None:
        connection = self._connect("postgres")
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{DATABASE}"')
        finally:
            connection.close()

    # Before the first start

    def prepare(self, place: Place) -> None:
        """Make the data directory, or repair what an interrupted one left.

        It is made under another name and renamed when complete, so a directory by
        the right name is complete. One that is not (copied by hand, a dying disk) is
        set aside, never deleted.
        """
        self._set_aside_incomplete()
        if not self.data.exists():
            self._initialise(place)
        self._refuse_other_version()
        if self.password is None:
            self._reset_password(place)

    def _set_aside_incomplete(self) -> None:
        if not self.data.exists() or (self.data / "global" / "pg_control").exists():
            return
        if any(self.data.iterdir()):
            self.data.rename(self.data.with_name(f"data.broken-{int(time.time())}"))
        else:
            self.data.rmdir()

    def _initialise(self, place: Place) -> None:
        draft = self.directory / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        self.write_password()
        place.account.own(self.directory)
        self._run(
            place,
            self._program(place).with_name("initdb"),
            *("--pgdata", draft, "--username", USER),
            *("--pwfile", self.directory / "password"),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            # The password is 256 random bits: stretching it would only slow connects.
            *("--set", "scram_iterations=1", "--no-instructions"),
        )
        (draft / MARK).touch()
        draft.rename(self.data)

    def _refuse_other_version(self) -> None:
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != MAJOR:
            raise ServiceError(
                f"The data in {self.data} were written by PostgreSQL {version}, "
                f"and this is PostgreSQL {MAJOR}.",
                "Dump them with the old version and load them with this one, or name "
                "another directory in QUICKCART_VAR.",
            )

    def _reset_password(self, place: Place) -> None:
        """Give the superuser a new password when the file with it was lost."""
        password = self.write_password()
        self._run(
            place,
            self._program(place),
            *("--single", "-D", self.data, "postgres"),
            text=f"ALTER ROLE {USER} PASSWORD '{password}';\n",
        )

    def _run(self, place: Place, *argv: str | Path, text: str = "") -> None:
        done = subprocess.run(
            place.account.command(argv),
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=self.directory,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            check=False,
            **place.account.identity(),
        )
        if done.returncode:
            raise StartFailed(f"{done.stdout}\n{done.stderr}")

    def _program(self, place: Place) -> Path:
        return binaries.program(
            binaries.POSTGRES, account=place.account, home=place.home
        )

    # Running

    def launch(self, place: Place) -> int:
        settings = SETTINGS | {"port": str(self.port), "cluster_name": self.tag}
        options = [f"--{name}={value}" for name, value in settings.items()]
        return processes.spawn(
            [self._program(place), "-D", self.data, *options],
            account=place.account,
            log=self.log,
            cwd=self.directory,
        )

    def remedy(self, failure: StartFailed) -> bool:
        said = failure.log
        if "could not create any TCP/IP sockets" in said:
            return True  # Taken in the meantime: the next attempt finds another port.
        if "pre-existing shared memory block" in said:
            return True  # A killed server's orphans are still going.
        if 'lock file "postmaster.pid" already exists' in said:
            return self._drop_stale_lock()
        return False

    def _drop_stale_lock(self) -> bool:
        """Remove a lock whose process id now belongs to some other program."""
        if self.pids():
            return True
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        return True

    def stop(self) -> None:
        if (main := self.pid()) is not None:
            processes.end(
                lambda: [main] if main in self.pids() else [],
                (signal.SIGINT, 10),  # "fast": roll back, write out, leave
                (signal.SIGQUIT, 5),  # "immediate": recover at the next start
            )
        processes.end(self.pids, (signal.SIGQUIT, 5), (signal.SIGKILL, 5))
