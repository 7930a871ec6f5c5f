"""What PostgreSQL and Valkey have in common: files, a port, a life."""

import abc
import secrets
import time
from pathlib import Path

from . import ports, processes
from .errors import ServiceError
from .place import Place, home_of, settle

# A crashed server's last processes need a moment to go; a new one is tried again
# and again until then.
PATIENCE = 30.0


class StartFailed(Exception):
    """One attempt to start failed; `log` is what the server said."""

    def __init__(self, log: str) -> None:
        super().__init__(log)
        self.log = log


class WrongPassword(Exception):
    """The server is ours but does not know the password we remember."""


class Server(abc.ABC):
    """One embedded server, its files under `<home>/<name>`."""

    name: str
    label: str
    variable: str

    def __init__(self, var: Path) -> None:
        self.var = var

    @property
    def directory(self) -> Path:
        return home_of(self.var) / self.name

    @property
    def log(self) -> Path:
        return self.var / "log" / f"{self.name}.log"

    @property
    def port(self) -> int | None:
        return ports.read(self.directory / "port")

    @property
    def password(self) -> str | None:
        """The generated password, or None where there is none yet."""
        try:
            return (self.directory / "password").read_text().strip() or None
        except FileNotFoundError:
            return None

    def write_password(self) -> str:
        password = secrets.token_urlsafe(32)
        path = self.directory / "password"
        path.touch(mode=0o600)
        path.write_text(f"{password}\n")
        return password

    @abc.abstractmethod
    def url(self) -> str:
        """Return the address with the password, as a client wants it."""

    @abc.abstractmethod
    def pids(self) -> list[int]:
        """Return every live process of this server, orphans included."""

    @abc.abstractmethod
    def pid(self) -> int | None:
        """Return the main process, or None if the server is not running."""

    @abc.abstractmethod
    def is_ready(self) -> bool:
        """Say whether the server answers us (and no one else's does).

        Raises:
            WrongPassword: it answers, but not to our password.
        """

    @abc.abstractmethod
    def stop(self) -> None:
        """End the server and wait until its last process is gone."""

    @abc.abstractmethod
    def prepare(self, place: Place) -> None:
        """Make what the server needs before its first start."""

    @abc.abstractmethod
    def launch(self, place: Place) -> int:
        """Start the process; return its id."""

    @abc.abstractmethod
    def remedy(self, failure: StartFailed) -> bool:
        """Put right what made a start fail; say whether another try makes sense."""

    def ensure(self) -> bool:
        """Start the server unless it runs; say whether it had to be started.

        Raises:
            ServiceError: it cannot be started.
        """
        if self._answers():
            return False
        try:
            self._start()
        except OSError as error:
            raise ServiceError(
                f"{self.label} cannot be started: {error}.",
                f"Look at {self.directory}, or set {self.variable}.",
            ) from error
        return True

    def _answers(self) -> bool:
        """Say whether a running server is of use; end it if it is not."""
        if self.pid() is None:
            return False
        try:
            # It may be in the middle of a recovery, started by someone else; or dying.
            if self.password and self.port:
                processes.wait(lambda: self.pid() is None or self.is_ready(), 60)
                if self.pid() is not None and self.is_ready():
                    return True
        except WrongPassword:
            (self.directory / "password").unlink()
        self.stop()
        return False

    def _start(self) -> None:
        place = settle(self.var)
        place.account.own(self.directory)
        deadline = time.monotonic() + PATIENCE
        while True:
            self._clear_orphans()
            try:
                self.prepare(place)
                ports.remembered(self.directory / "port")
                place.account.own(self.directory)
                self._attempt(place)
            except WrongPassword:
                self.stop()
                (self.directory / "password").unlink()
            except StartFailed as failure:
                if not self.remedy(failure) or time.monotonic() > deadline:
                    raise self._explain(failure) from failure
                time.sleep(0.2)
            else:
                return

    def _attempt(self, place: Place) -> None:
        offset = self.log.stat().st_size if self.log.exists() else 0
        pid = self.launch(place)
        # Recovery after a crash may take minutes.
        processes.wait(lambda: processes.has_ended(pid) or self.is_ready(), 300)
        if not processes.has_ended(pid) and self.is_ready():
            return
        said = self.log.read_bytes()
        tail = said[offset:] if len(said) > offset else said
        self.stop()
        raise StartFailed(tail.decode(errors="replace"))

    def _clear_orphans(self) -> None:
        """Wait for what a killed server left behind; it goes by itself."""
        if not processes.wait(lambda: not self.pids(), 5):
            self.stop()

    def _explain(self, failure: StartFailed) -> ServiceError:
        said = failure.log.strip().splitlines()[-5:]
        if "No space left on device" in failure.log:
            return ServiceError(
                f"The disk with {self.directory} is full; {self.label} cannot start.",
                "Free some space and try again. Nothing is lost.",
            )
        return ServiceError(
            f"{self.label} does not start. It said:\n" + "\n".join(said),
            f"Its log is {self.log}.\n"
            f"A server of your own can be named in {self.variable}.",
        )
