"""A mail server that speaks SMTP on a real socket, and fails when it is told to."""

import socket
import socketserver
import struct
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

CRLF = b"\r\n"


@dataclass(frozen=True)
class Received:
    """A message the server took, as it came over the wire."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    #: When it was sent whole (monotonic).
    at: float = field(default_factory=time.monotonic)

    @property
    def parsed(self) -> EmailMessage:
        return message_from_bytes(self.data, policy=policy.default)


@dataclass
class Faults:
    """What goes wrong next: answers by verb, and connections reset inside DATA."""

    answers: dict[str, list[str]] = field(default_factory=dict)
    resets: int = 0

    def answer_to(self, verb: str) -> str | None:
        queue = self.answers.get(verb, [])
        return queue.pop(0) if queue else None


class _Session(socketserver.StreamRequestHandler):
    server: "SmtpServer"

    def handle(self) -> None:
        self.sender, self.recipients = "", []
        self.say("220 test ESMTP")
        while line := self.rfile.readline():
            verb, _space, rest = line.decode().strip().partition(" ")
            verb = verb.upper()
            if fault := self.server.faults.answer_to(verb):
                self.say(fault)
            elif not getattr(self, f"do_{verb.lower()}", self.do_unknown)(rest):
                return

    def say(self, words: str) -> None:
        self.wfile.write(words.encode() + CRLF)

    def do_unknown(self, rest: str) -> bool:
        self.say("502 not implemented")
        return True

    def do_ehlo(self, rest: str) -> bool:
        self.say("250-test\r\n250 8BITMIME")
        return True

    def do_mail(self, rest: str) -> bool:
        self.sender = rest.partition("<")[2].partition(">")[0]
        self.say("250 ok")
        return True

    def do_rcpt(self, rest: str) -> bool:
        self.recipients.append(rest.partition("<")[2].partition(">")[0])
        self.say("250 ok")
        return True

    def do_rset(self, rest: str) -> bool:
        self.sender, self.recipients = "", []
        self.say("250 ok")
        return True

    def do_data(self, rest: str) -> bool:
        self.say("354 go on")
        if self.server.faults.resets:
            self.server.faults.resets -= 1
            self.rfile.readline()
            # No lingering: closing sends RST, as a machine that crashes would.
            self.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            self.connection.close()
            return False
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if fault := self.server.faults.answer_to("END"):
            self.say(fault)
            return True
        message = Received(self.sender, tuple(self.recipients), b"".join(lines))
        if not self.server.take(message):
            return False
        self.say("250 taken")
        return True

    def do_quit(self, rest: str) -> bool:
        self.say("221 bye")
        return False


class SmtpServer(socketserver.ThreadingTCPServer):
    """Use it as a context manager; `received` is what it took.

    While `gate` is closed, messages that were sent whole wait in `held` for their
    answer. Opened, it takes them, or drops them and the connection.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.received: list[Received] = []
        self.faults = Faults()
        self.gate = threading.Event()
        self.gate.set()
        self.held: list[Received] = []
        self.dropped: list[Received] = []
        self.is_dropping = False

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"smtp://{host}:{port}"

    def take(self, message: Received) -> bool:
        """Keep a message when the gate is open; say whether it was kept."""
        self.held.append(message)
        self.gate.wait()
        kept = self.dropped if self.is_dropping else self.received
        kept.append(message)
        self.held.remove(message)
        return kept is self.received

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: connections that break are what is being tested."""

    def __enter__(self) -> "SmtpServer":
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.gate.set()
        self.shutdown()
        self.server_close()
