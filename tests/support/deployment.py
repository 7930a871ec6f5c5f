"""QuickCart as docker/ deploys it, without an engine.

The very commands of compose.yaml, under production settings, behind the very
configurations of nginx and PgBouncer: only paths, ports and names of machines are
replaced, and each replacement must find what it replaces.
"""

import hashlib
import os
import re
import shlex
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from support.processes import free_ports, stop

from quickcart.launcher import servers
from quickcart.services import account

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
STARTUP = 90
PROGRAMS = ("web", "realtime", "worker", "beat")
DOMAIN = "localhost"


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A deployed QuickCart: the address book of tests/support/network's, over TLS."""

    port: int
    http_port: int
    var: Path
    environment: dict[str, str]
    #: Where web and realtime listen themselves.
    ports: dict[str, int]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    #: What a test may look into.
    database: str = ""

    def hub(self, path: str = "/") -> str:
        return f"https://{DOMAIN}:{self.port}{path}"

    def shop(self, subdomain: str, path: str = "/") -> str:
        return f"https://{subdomain}.{DOMAIN}:{self.port}{path}"

    def log(self, name: str) -> str:
        return (self.var / f"{name}.log").read_text(errors="replace")


def compose() -> dict[str, object]:
    """Return compose.yaml with its merges resolved."""
    return yaml.safe_load((DOCKER / "compose.yaml").read_text())


def command_of(service: str) -> list[str]:
    """Return a service's command, its variables at their defaults."""
    words = compose()["services"][service]["command"]
    return [re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", word) for word in words]


def image_environment() -> dict[str, str]:
    """Return what the image's last stage says in ENV."""
    last = (DOCKER / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    block = re.search(r"^ENV (.*?[^\\])$", last, re.MULTILINE | re.DOTALL)
    words = shlex.split(block[1].replace("\\\n", " "))
    return dict(word.split("=", 1) for word in words)


def rendered(path: Path, changes: Mapping[str, str]) -> str:
    """Return a configuration with its machines, ports and paths replaced.

    Raises:
        AssertionError: something to replace is not in it.
    """
    text = path.read_text()
    for before, after in changes.items():
        assert before in text, f"{path.name} has no “{before}” any more"
        text = text.replace(before, after)
    return text


def write_certificate(folder: Path) -> None:
    """Make a wildcard certificate that nobody but these tests believes."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DOMAIN)])
    now = datetime.now(UTC)
    names = [x509.DNSName(DOMAIN), x509.DNSName(f"*.{DOMAIN}")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


# nginx


def has_ipv6() -> bool:
    """Say whether something can listen on IPv6 here; not every machine has it."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def mime_types(nginx: Path) -> str:
    """Return, quoted, where this nginx has its kinds of files."""
    unpacked = nginx.parents[2] / "etc/nginx/mime.types"
    return f'"{unpacked if unpacked.exists() else "mime.types"}"'


def write_nginx(
    folder: Path,
    *,
    nginx: Path,
    ports: Mapping[str, int],
    static: Path,
    more: Mapping[str, str] | None = None,
) -> Path:
    """Render nginx.conf for this machine, with more changes; return its path."""
    write_certificate(folder / "tls")
    (folder / "srv").mkdir()
    (folder / "srv" / "static").symlink_to(static)
    (folder / "temporary").mkdir()
    (folder / "kept").mkdir()
    sixth = "listen [::1]:{}" if has_ipv6() else "# no IPv6 here: {}"
    changes = dict(more or {}) | {
        "/tmp/": f"{folder}/temporary/",
        "/etc/nginx/mime.types": mime_types(nginx),
        "/dev/stderr": f"{folder}/error.log",
        "/dev/stdout": f"{folder}/access.log",
        "root /srv;": f"root {folder}/srv;",
        "/etc/nginx/tls/": f"{folder}/tls/",
        "/var/cache/nginx/": f"{folder}/kept/",
        "listen 8080 default": f"listen 127.0.0.1:{ports['http']} default",
        "listen 8443 ssl": f"listen 127.0.0.1:{ports['https']} ssl",
        "listen [::]:8080": sixth.format(ports["http"]),
        "listen [::]:8443": sixth.format(ports["https"]),
        "server web:8000": f"server 127.0.0.1:{ports['web']}",
        "server realtime:8000": f"server 127.0.0.1:{ports['realtime']}",
    }
    path = folder / "nginx.conf"
    path.write_text(rendered(DOCKER / "nginx/nginx.conf", changes))
    return path


def nginx_command(nginx: Path, configuration: Path) -> list[str]:
    # Its workers must read what root alone may, where root runs the tests.
    become = " user root;" if os.geteuid() == 0 else ""
    return [
        *(str(nginx), "-c", str(configuration), "-p", str(configuration.parent)),
        *("-g", f"daemon off;{become}"),
    ]


# PgBouncer


def write_pgbouncer(folder: Path, *, database_url: str, port: int) -> Path:
    """Render pgbouncer.ini for this machine; return its path."""
    server = urlsplit(database_url)
    name = server.path.lstrip("/")
    (folder / "userlist.txt").write_text(f'"{server.username}" "{server.password}"\n')
    place = f"host={server.hostname} port={server.port} dbname={name}"
    changes = {
        "\nquickcart = ": f"\n{name} = ",
        "host=postgres port=5432 dbname=quickcart": place,
        "/run/secrets/pgbouncer_userlist": f"{folder}/userlist.txt",
        "listen_addr = 0.0.0.0": "listen_addr = 127.0.0.1",
        "listen_port = 6432": f"listen_port = {port}",
    }
    path = folder / "pgbouncer.ini"
    path.write_text(rendered(DOCKER / "pgbouncer/pgbouncer.ini", changes))
    return path


def pgbouncer_command(pgbouncer: Path, configuration: Path) -> list[str]:
    # Like PostgreSQL it does not run as root.
    prefix = account.NAMESPACE if os.geteuid() == 0 else ()
    return [*prefix, str(pgbouncer), str(configuration)]


def through(database_url: str, port: int) -> str:
    """Return the address of the same database through a pooler."""
    server = urlsplit(database_url)
    place = f"{server.username}:{server.password}@127.0.0.1:{port}"
    return server._replace(netloc=place).geturl()


@contextmanager
def pooled(folder: Path, *, pgbouncer: Path, database_url: str) -> Iterator[str]:
    """Run PgBouncer in front of a database; yield the address that leads through it."""
    [port] = free_ports(1)
    configuration = write_pgbouncer(folder, database_url=database_url, port=port)
    command = pgbouncer_command(pgbouncer, configuration)
    with started("pgbouncer", command, folder=folder, ports=[port]):
        yield through(database_url, port)


# Static files


def static_files() -> Path:
    """Return the collected static files, as the image has them; made once.

    Raises:
        AssertionError: they cannot be collected; with what was said.
    """
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in sorted(ROOT.glob("*/**/static/**/*")):
        if path.is_file() and ".venv" not in path.parts:
            digest.update(str(path).encode() + path.read_bytes())
    folder = servers.TOOLS / f"static-{digest.hexdigest()[:16]}"
    if not folder.exists():
        draft = folder.with_suffix(f".{os.getpid()}")
        collect(draft)
        draft.rename(folder)
    return folder


def collect(folder: Path) -> None:
    """Do what the image's build does: without a server, without a secret.

    Raises:
        AssertionError: it failed; with what was said.
    """
    done = subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "quickcart.settings.build",
            "QUICKCART_STATIC": str(folder),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


# All of it


@contextmanager
def started(
    name: str,
    command: list[str],
    *,
    folder: Path,
    ports: Sequence[int] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends; begin when its ports are open."""
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        for port in ports:
            _wait_for(port, process, folder / f"{name}.log")
        yield process
    finally:
        stop(process)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTUP
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"{log.name}:\n{log.read_text(errors='replace')[-4000:]}")


def native(command: list[str], *, var: Path) -> list[str]:
    """Return a container's command as this machine runs it."""
    words = [word.replace("/tmp/", f"{var}/") for word in command]
    # Modules of this interpreter: a script's first line does not carry every path.
    if words[0] == "python":
        return [sys.executable, *words[1:]]
    return [sys.executable, "-m", *words]


@contextmanager
def deployed(
    *,
    var: Path,
    static: Path,
    database_url: str,
    redis_url: str,
    email_url: str,
    more: Mapping[str, str] | None = None,
) -> Iterator[Deployment]:
    """Run everything compose.yaml runs, with nginx in front.

    Raises:
        AssertionError: a program does not come up; with what it said.
    """
    nginx = servers.find_nginx()
    assert nginx, "no nginx on this machine"
    web, realtime, http, https = free_ports(4)
    folder = var / "nginx"
    folder.mkdir()
    ports = {"web": web, "realtime": realtime, "http": http, "https": https}
    configuration = write_nginx(folder, nginx=nginx, ports=ports, static=static)
    told = environment(
        var=var,
        static=static,
        port=https,
        secrets={
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "EMAIL_URL": email_url,
            "SECRET_KEY": "only-for-tests-" + "0123456789abcdef" * 3,
        },
    ) | dict(more or {})
    listening = {"web": web, "realtime": realtime}
    found = Deployment(
        port=https, http_port=http, var=var, environment=told, ports=listening
    )
    with ExitStack() as running:
        for name in PROGRAMS:
            command = native(command_of(name), var=var)
            place = {"GRANIAN_PORT": str(listening.get(name, 0))}
            program = started(name, command, folder=var, environment=told | place)
            found.processes[name] = running.enter_context(program)
        for name, port in listening.items():
            _wait_for(port, found.processes[name], var / f"{name}.log")
        command = nginx_command(nginx, configuration)
        proxy = started("nginx", command, folder=var, ports=[http, https])
        found.processes["nginx"] = running.enter_context(proxy)
        yield found


def environment(
    *, var: Path, static: Path, port: int, secrets: Mapping[str, str]
) -> dict[str, str]:
    """Return a container's environment on this machine: secrets are in files."""
    told = image_environment() | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT / 'platform'}{os.pathsep}{ROOT}",
        "QUICKCART_VAR": str(var),
        "QUICKCART_STATIC": str(static),
        "QUICKCART_WATCH_DIRECTORY": str(var / "watch"),
        "QUICKCART_DOMAIN": DOMAIN,
        "QUICKCART_PORT": str(port),
        "GRANIAN_HOST": "127.0.0.1",
    }
    folder = var / "secrets"
    folder.mkdir()
    for name, value in secrets.items():
        path = folder / name.lower()
        path.write_text(f"{value}\n")
        told[f"{name}_FILE"] = str(path)
    return told


def unverified() -> ssl.SSLContext:
    """Return a TLS context that believes our own certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
