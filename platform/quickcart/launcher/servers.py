"""nginx, PgBouncer and promtool for the tests. Standard library only.

What is on the machine is used. Otherwise Debian's packages are unpacked beside the
virtual environment: nothing is installed, and no service is started. PgBouncer comes
from Debian's newest suite with the libraries it was built for, because older ones do
not track search_path; a small script starts it with them. An older one comes along, to
show what happens without.
"""

# ruff: noqa: S603 (no shell, and nothing in a command comes from outside)

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from . import console, toolchain
from .errors import LauncherError

TOOLS = toolchain.VENV / "tools"
SYSTEM_PATH = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin{os.pathsep}/sbin"
POOLER_VERSION = (1, 25, 2)
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SOURCE = f"deb [signed-by={KEYRING}] http://deb.debian.org/debian {{suite}} main\n"
POOLER_PACKAGES = [
    *("pgbouncer", "libc6", "libcares2", "libevent-2.1-7t64", "libldap2", "libpam0g"),
    *("libssl3t64", "libsystemd0", "libsasl2-2", "libaudit1", "libcap-ng0", "zlib1g"),
    *("libzstd1", "libcap2", "libgcc-s1"),
]


def find_nginx() -> Path | None:
    """Return an nginx that runs, or None."""
    unpacked = TOOLS / "nginx" / "usr/sbin/nginx"
    for path in (_on_path("nginx", "QUICKCART_NGINX"), unpacked):
        if path and _said(path, "-v"):
            return path
    return None


def find_pgbouncer() -> Path | None:
    """Return a PgBouncer that tracks search_path, or None."""
    for path in (_on_path("pgbouncer", "QUICKCART_PGBOUNCER"), TOOLS / "pgbouncer/run"):
        if path and pooler_version(path) >= POOLER_VERSION:
            return path
    return None


def find_forgetful_pgbouncer() -> Path | None:
    """Return a PgBouncer that tracks search_path only where it is told to, or None."""
    path = TOOLS / "pgbouncer-forgetful/run"
    return path if pooler_version(path) else None


def find_promtool() -> Path | None:
    """Return what tries Prometheus' rules, or None."""
    unpacked = TOOLS / "prometheus" / "usr/bin/promtool"
    for path in (_on_path("promtool", "QUICKCART_PROMTOOL"), unpacked):
        if path and _said(path, "--version"):
            return path
    return None


def find_wrk() -> Path | None:
    """Return the load generator that runs, or None: only benchmarks want it."""
    for path in (_on_path("wrk", "QUICKCART_WRK"), TOOLS / "wrk/run"):
        # It says its version and ends with 1.
        if path and path.exists():
            return path
    return None


def provide_wrk() -> Path | None:
    """Find wrk, or unpack it; it is of this machine's own suite, as its libraries."""
    if found := find_wrk():
        return found
    root = TOOLS / "wrk"
    if _unpack(["wrk", "libluajit-5.1-2"], root, sources=None):
        library = next(root.rglob("libluajit-5.1.so.2")).parent
        run = root / "run"
        command = shlex.quote(str(root / "usr/bin/wrk"))
        run.write_text(
            f'#!/bin/sh\nLD_LIBRARY_PATH={shlex.quote(str(library))} exec {command} "$@"\n'
        )
        run.chmod(0o755)
    return find_wrk()


def pooler_version(path: Path) -> tuple[int, ...]:
    """Return the version a PgBouncer says of itself; empty if it does not run."""
    found = re.search(r"PgBouncer (\d+)\.(\d+)\.(\d+)", _said(path, "--version"))
    return tuple(map(int, found.groups())) if found else ()


def _on_path(name: str, variable: str) -> Path | None:
    found = shutil.which(os.environ.get(variable) or name, path=SYSTEM_PATH)
    return Path(found) if found else None


def _said(path: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            [path, *arguments], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout + done.stderr if done.returncode == 0 else ""


def provide() -> None:
    """Find them or unpack them; where that cannot be done, say so loudly.

    Raises:
        LauncherError: one is missing, and this is a continuous integration run.
    """
    _provide("nginx", find_nginx, _unpack_nginx, "Install one: apt install nginx")
    version = ".".join(map(str, POOLER_VERSION))
    _provide(
        f"PgBouncer ≥ {version}",
        find_pgbouncer,
        _unpack_pgbouncer,
        "Install one, or name one: QUICKCART_PGBOUNCER=/path/to/pgbouncer make test",
    )
    _provide(
        "promtool",
        find_promtool,
        _unpack_promtool,
        "Install it: apt install prometheus",
    )


def _provide(
    name: str,
    find: Callable[[], Path | None],
    unpack: Callable[[], None],
    hint: str,
) -> None:
    with console.step(f"{name} for the deployment tests") as conclude:
        path = find()
        if path is None:
            unpack()
            path = find()
        if path:
            conclude(str(path))
            return
    message = f"No {name} can be had here: WHAT NEEDS IT WILL NOT BE TESTED."
    if os.environ.get("CI"):
        raise LauncherError(message, hint)
    bar = "!" * 72
    console.say(f"\n{bar}\n{message}\n{hint}\n{bar}\n")


def _unpack_nginx() -> None:
    _unpack(["nginx", "nginx-common"], TOOLS / "nginx", sources=None)


def _unpack_promtool() -> None:
    root = TOOLS / "prometheus"
    if _unpack(["prometheus"], root, sources=None):
        (root / "usr/bin/prometheus").unlink()


def _unpack_pgbouncer() -> None:
    _unpack_pooler(TOOLS / "pgbouncer", suite="sid")
    _unpack_pooler(TOOLS / "pgbouncer-forgetful", suite="trixie")


def _unpack_pooler(root: Path, *, suite: str) -> None:
    if not _unpack(POOLER_PACKAGES, root, sources=SOURCE.format(suite=suite)):
        return
    loader = next(root.rglob("ld-linux-*.so.*"), None)
    if loader is None:
        return
    libraries = os.pathsep.join(sorted({str(p.parent) for p in root.rglob("*.so.*")}))
    command = [loader, "--library-path", libraries, root / "usr/sbin/pgbouncer"]
    run = root / "run"
    run.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, command))} "$@"\n')
    run.chmod(0o755)


def _unpack(packages: list[str], root: Path, *, sources: str | None) -> bool:
    """Fetch Debian packages with apt's own checks, and unpack them under `root`."""
    apt, dpkg = shutil.which("apt-get"), shutil.which("dpkg-deb")
    if not apt or not dpkg:
        return False
    state = root / "apt"
    (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    options = [
        f"Dir::State::Lists={state / 'lists'}",
        f"Dir::Cache={state}",
        f"APT::Sandbox::User={os.environ.get('USER', 'root')}",
    ]
    if sources is not None:
        (state / "sources.list").write_text(sources)
        options += [f"Dir::Etc::sourcelist={state / 'sources.list'}"]
        options += ["Dir::Etc::sourceparts=-"]
    command = [apt, "-qq", *(word for option in options for word in ("-o", option))]
    console.detail(f"unpacking Debian's {packages[0]}, installing nothing")
    try:
        console.run([*command, "update"], cwd=state)
        console.run([*command, "download", *packages], cwd=state)
        for package in sorted(state.glob("*.deb")):
            console.run([dpkg, "--extract", package, root], cwd=state)
    except LauncherError as error:
        console.detail(error.message)
        return False
    finally:
        shutil.rmtree(state, ignore_errors=True)
    return True
