"""Valkey 9: queue, cache and channel layer, on the loopback address."""

import signal
import socket
import time
from pathlib import Path

from . import binaries, ports, processes
from .place import Place
from .server import Server, StartFailed, WrongPassword


def _quoted(value: str | Path) -> str:
    """Return `value` as a string of Valkey's configuration language."""
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class Valkey(Server):
    """The embedded Valkey of one var directory."""

    name = "valkey"
    label = "Valkey"
    variable = "REDIS_URL"

    @property
    def configuration(self) -> Path:
        return self.directory / "valkey.conf"

    def url(self) -> str:
        return f"redis://:{self.password}@{ports.LOOPBACK}:{self.port}/0"

    def pids(self) -> list[int]:
        return processes.find("valkey-server", str(self.configuration))

    def pid(self) -> int | None:
        return next(iter(self.pids()), None)

    def is_ready(self) -> bool:
        answer = self._ask(f"AUTH {self.password}", "PING")
        if b"WRONGPASS" in answer:
            raise WrongPassword
        return b"+PONG" in answer

    def _ask(self, *commands: str) -> bytes:
        """Send inline commands; return what was answered, empty if nobody did."""
        if not self.port or not self.password:
            return b""
        request = "".join(f"{command}\r\n" for command in (*commands, "QUIT"))
        answer = b""
        try:
            with socket.create_connection((ports.LOOPBACK, self.port), 2) as connection:
                connection.sendall(request.encode())
                while received := connection.recv(4096):
                    answer += received
        except OSError:
            return answer
        return answer

    def prepare(self, place: Place) -> None:
        if self.password is None:
            self.write_password()

    def launch(self, place: Place) -> int:
        program = binaries.program(
            binaries.VALKEY, account=place.account, home=place.home
        )
        self._configure()
        place.account.own(self.directory)
        return processes.spawn(
            [program, self.configuration],
            account=place.account,
            log=self.log,
            cwd=self.directory,
        )

    def _configure(self) -> None:
        lines = [
            f"bind {ports.LOOPBACK}",
            f"port {self.port}",
            f"dir {_quoted(self.directory)}",
            # In a file of its owner's, not on a command line that all can read.
            f"requirepass {self.password}",
            "protected-mode yes",
            "appendonly yes",
            'save ""',
            # A full queue must refuse, not forget.
            "maxmemory-policy noeviction",
            # The title is how the process is found again.
            "set-proc-title no",
        ]
        self.configuration.touch(mode=0o600)
        self.configuration.write_text("\n".join(lines) + "\n")

    def remedy(self, failure: StartFailed) -> bool:
        said = failure.log
        if "Address already in use" in said:
            return True
        if "Bad file format reading the append only file" in said:
            # Queue and cache only: what must not be lost is in PostgreSQL.
            broken = self.directory / "appendonlydir"
            broken.rename(broken.with_name(f"appendonlydir.broken-{int(time.time())}"))
            return True
        return False

    def stop(self) -> None:
        processes.end(self.pids, (signal.SIGTERM, 8), (signal.SIGKILL, 5))
