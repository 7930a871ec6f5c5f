"""nginx as docker/ configures it, in front of an application that tests script."""

import gzip
import http.client
import http.server
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from support import deployment


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: str

    @property
    def cache(self) -> str:
        return self.headers.get("X-Cache", "")


@dataclass
class Seen:
    """A request as the application got it."""

    host: str
    path: str
    headers: dict[str, str]
    body: bytes
    #: The port that nginx has asked from: that of the connection.
    connection: int


class Application(http.server.ThreadingHTTPServer):
    """Answers what it is told to, and remembers who asked."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[Seen] = []
        self.reply: Callable[[Seen], tuple[int, dict[str, str], str]] = nothing

    @property
    def port(self) -> int:
        return int(self.server_address[1])


def nothing(seen: Seen) -> tuple[int, dict[str, str], str]:
    return 200, {}, f"{seen.host} {seen.path}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Application

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = dict(self.headers.items())
        seen = Seen(
            headers.get("Host", ""),
            self.path,
            headers,
            self.rfile.read(length),
            self.client_address[1],
        )
        self.server.seen.append(seen)
        status, headers, text = self.server.reply(seen)
        body = text.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            with suppress(BrokenPipeError):  # nginx has not waited for it
                self.wfile.write(body)

    do_GET = do_POST = do_HEAD = answer  # noqa: N815 (their names)

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@dataclass
class Front:
    """nginx, and the application behind it."""

    application: Application
    port: int
    http_port: int
    folder: Path
    hosts: list[str] = field(default_factory=lambda: ["alder.test", "birch.test"])

    def ask(
        self, path: str, *, host: str = "alder.test", method: str = "GET", **more
    ) -> Answer:
        connection = http.client.HTTPSConnection(
            "127.0.0.1",
            self.port,
            context=deployment.unverified(),
            timeout=30,
            source_address=(more.get("source", "127.0.0.1"), 0),
        )
        headers = {"Host": host, **more.get("headers", {})}
        try:
            connection.request(method, path, body=more.get("body"), headers=headers)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return Answer(response.status, response.headers, body.decode())

    def replies(self, headers: dict[str, str], status: int = 200) -> None:
        """Let the application count its answers: each is told apart."""
        numbers = iter(range(1, 1_000_000))
        self.application.reply = lambda seen: (
            status,
            headers,
            f"{seen.host} {next(numbers)}",
        )


@contextmanager
def fronted(
    nginx: Path, folder: Path, changes: Mapping[str, str] | None = None
) -> Iterator[Front]:
    """Run nginx, its configuration changed, in front of an application of its own."""
    static = folder / "static"
    static.mkdir()
    with Application() as application:
        threading.Thread(target=application.serve_forever, daemon=True).start()
        http_port, https_port = deployment.free_ports(2)
        ports = {"web": application.port, "realtime": application.port}
        ports |= {"http": http_port, "https": https_port}
        path = deployment.write_nginx(
            folder, nginx=nginx, ports=ports, static=static, more=changes
        )
        command = deployment.nginx_command(nginx, path)
        listening = [http_port, https_port]
        with deployment.started("proxy", command, folder=folder, ports=listening):
            yield Front(application, https_port, http_port, folder)
        application.shutdown()
