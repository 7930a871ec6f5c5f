"""The virtual environment and what is installed in it. Standard library only."""

# ruff: noqa: S603 (no shell, and nothing in a command comes from outside)

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import MINIMUM, console
from .errors import LauncherError

FREE_BYTES = 1024**3
ROOT = Path(__file__).resolve().parents[3]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
INSTALLER = Path(__file__).with_name("installer.txt")
#: What builds packages that come as source: uv checks its hashes, too; pip, which is
#: asked where uv is not to be had, builds with what it finds.
BUILDING = Path(__file__).with_name("building.txt")


def check_machine() -> None:
    """Refuse early what would fail later and less clearly.

    Raises:
        LauncherError: the system, the path or the disk will not do.
    """
    if not sys.platform.startswith("linux"):
        raise LauncherError(
            f"The embedded servers run on Linux, and this is {sys.platform}.",
            "Use a Linux machine, a virtual one or a container.",
        )
    if os.pathsep in str(ROOT):
        raise LauncherError(
            f"The directory's name has a “{os.pathsep}” in it: {ROOT}",
            "Python cannot search such a path. Move the clone to another directory.",
        )
    check_disk(ROOT)


def check_disk(directory: Path) -> None:
    """Refuse to begin on a disk that would fill up half-way.

    Raises:
        LauncherError: less than a gigabyte is free.
    """
    if (free := shutil.disk_usage(directory).free) < FREE_BYTES:
        raise LauncherError(
            f"The disk is nearly full: {free // 1024**2} MB are free on the disk of "
            f"{directory}, and 1024 MB are needed.",
            "Free some space and run the command again. Nothing was changed.",
        )


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Keep two set-ups in one clone from getting in each other's way."""
    descriptor = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.say("Another set-up is running in this directory; waiting for it.")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def set_up(requirements: str = "requirements.txt") -> None:
    """Make the virtual environment and install `requirements` into it.

    Raises:
        LauncherError: neither could be done by any way we know.
    """
    with alone():
        make_environment()
        install(ROOT / requirements)


# The environment


def make_environment() -> None:
    """Create `.venv`, by whichever way this machine offers.

    Raises:
        LauncherError: there is none.
    """
    if _works(PYTHON):
        return
    with console.step("Virtual environment"):
        for way in (_by_venv, _by_uv, _by_virtualenv, _bare, _after_apt):
            if way() and _works(PYTHON):
                return
    raise LauncherError(
        "No virtual environment can be made: this Python has no “venv” that works.",
        "On Debian and Ubuntu: sudo apt install python3-venv",
    )


def _works(python: Path) -> bool:
    check = f"import sys; sys.exit(sys.version_info < {MINIMUM})"
    return python.exists() and _succeeds([python, "-c", check])


def _succeeds(argv: Sequence[str | Path]) -> bool:
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def _by_venv() -> bool:
    return _succeeds([sys.executable, "-m", "venv", "--clear", VENV])


def _by_uv() -> bool:
    uv = shutil.which("uv")
    return bool(uv) and _succeeds(
        [str(uv), "venv", "--clear", "--seed", "--python", sys.executable, VENV]
    )


def _by_virtualenv() -> bool:
    return _succeeds([sys.executable, "-m", "virtualenv", "--clear", VENV])


def _bare() -> bool:
    """Make one without pip, if the system's pip can install into it."""
    if not _succeeds([sys.executable, "-m", "pip", "--version"]):
        return False
    return _succeeds([sys.executable, "-m", "venv", "--clear", "--without-pip", VENV])


def _after_apt() -> bool:
    """Install Debian's missing half of venv, where we are allowed to."""
    if not apt_install("python3-venv"):
        return False
    return _by_venv()


def apt_install(*packages: str) -> bool:
    """Install system packages without asking; say whether it worked."""
    apt = shutil.which("apt-get")
    become = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not apt or (become and not _succeeds([*become, "true"])):
        return False
    console.detail(f"installing {' '.join(packages)} with apt-get")
    quiet = [*become, "env", "DEBIAN_FRONTEND=noninteractive", apt, "-qq"]
    if _succeeds([*quiet, "install", "-y", "--no-install-recommends", *packages]):
        return True
    _succeeds([*quiet, "update"])
    return _succeeds([*quiet, "install", "-y", "--no-install-recommends", *packages])


# What is in it


def _stamp(requirements: Path) -> Path:
    return VENV / f".installed-{requirements.stem}"


def _digest(requirements: Path) -> str:
    version = subprocess.run(
        [PYTHON, "-c", "import sys; print(sys.version)"],
        capture_output=True,
        check=True,
    ).stdout
    return hashlib.sha256(requirements.read_bytes() + version).hexdigest()


def is_installed(requirements: Path) -> bool:
    """Say whether these very requirements were installed to the end."""
    try:
        return _stamp(requirements).read_text() == _digest(requirements)
    except FileNotFoundError:
        return False


def install(requirements: Path) -> None:
    """Install what the file lists, hashes checked, unless it was done already.

    Raises:
        LauncherError: no installer succeeded; carries what the last one said.
    """
    if is_installed(requirements):
        return
    with console.step(f"Packages of {requirements.name}"):
        failure: LauncherError | None = None
        for installer in _installers():
            try:
                console.run(
                    [*installer, "--require-hashes", "-r", requirements],
                    env=_installer_environment(),
                    cwd=ROOT,
                    tell=_tell,
                )
            except LauncherError as error:
                failure = error
                console.detail("that did not work; trying another installer")
            else:
                _stamp(requirements).write_text(_digest(requirements))
                return
    raise LauncherError(
        failure.message if failure else "There is neither pip nor uv to install with.",
        "Is the package index reachable from here? pip's own settings (an index, a "
        "proxy, a certificate) are respected.",
    )


def _tell(line: str) -> None:
    """Show what an installer does, but not each of a hundred packages."""
    if not line.startswith((" ", "Collecting", "Using", "Requirement")):
        console.detail(line)


def _installers() -> Iterator[list[str]]:
    """Yield ways to install, fastest first; uv resolves and links in seconds."""
    pip = [str(PYTHON), "-m", "pip"]
    options = ["install", "--no-input", "--disable-pip-version-check"]
    has_pip = _succeeds([*pip, "--version"])
    own_uv = [str(PYTHON), "-m", "uv"]
    if not _succeeds([*own_uv, "--version"]) and has_pip:
        _succeeds([*pip, *options, "--require-hashes", "-r", INSTALLER])
    by_uv = ["pip", "install", "--python", str(PYTHON)]
    by_uv += ["--build-constraints", str(BUILDING)]
    if _succeeds([*own_uv, "--version"]):
        yield [*own_uv, *by_uv]
    if (uv := shutil.which("uv")) and _succeeds([uv, "--version"]):
        yield [uv, *by_uv]
    if has_pip:
        yield [*pip, *options]
    system = [sys.executable, "-m", "pip"]
    if not has_pip and _succeeds([*system, "--version"]):
        yield [*system, "--python", str(PYTHON), *options]


def _installer_environment() -> dict[str, str]:
    """Return an environment in which uv follows pip's configuration."""
    environment = dict(os.environ)
    environment.pop("PYTHONPATH", None)
    environment.setdefault("UV_PYTHON_DOWNLOADS", "never")
    settings = _pip_settings()
    if certificate := settings.get("cert"):
        environment.setdefault("SSL_CERT_FILE", certificate)
    if not any(name.startswith(("UV_INDEX", "UV_DEFAULT")) for name in environment):
        if index := settings.get("index-url"):
            environment["UV_DEFAULT_INDEX"] = index
        if extra := settings.get("extra-index-url"):
            environment["UV_INDEX"] = extra
            # Like pip: the best version of all indexes. The hashes are checked.
            environment["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if links := settings.get("find-links"):
        environment.setdefault("UV_FIND_LINKS", links.replace(" ", ","))
    return environment


def _pip_settings() -> dict[str, str]:
    done = subprocess.run(
        [PYTHON, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
    )
    settings: dict[str, str] = {}
    for line in done.stdout.splitlines():
        key, _, value = line.partition("=")
        words = value.strip("'\"").replace("\\n", " ").split()
        # ":env:." lines come first and win over those of the files.
        settings.setdefault(key.rpartition(".")[2], " ".join(words))
    return settings
