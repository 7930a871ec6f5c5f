"""What a run is to be: read once from the environment and `.env`."""

import dataclasses
import os
from pathlib import Path

from quickcart import locality, services
from quickcart.services import environment

from . import network, toolchain
from .errors import LauncherError


@dataclasses.dataclass(frozen=True)
class Config:
    """Where things are and on which ports they answer."""

    var: Path
    domain: str
    port: int
    realtime_port: int
    # What the environment said before the embedded servers' addresses came into it.
    original: dict[str, str]

    @property
    def is_embedded(self) -> bool:
        names = (environment.DATABASE, environment.REDIS)
        return not all(self.original.get(name) for name in names)

    def environment(self) -> dict[str, str]:
        """Return the environment of our programs."""
        paths = [str(toolchain.ROOT / "platform"), str(toolchain.ROOT)]
        inherited = dict(os.environ)
        # Otherwise each of six processes compiles all of it anew at every start.
        inherited.pop("PYTHONDONTWRITEBYTECODE", None)
        return inherited | {
            "DJANGO_SETTINGS_MODULE": os.environ.get(
                "DJANGO_SETTINGS_MODULE", "quickcart.settings.local"
            ),
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONUNBUFFERED": "1",
            "QUICKCART_VAR": str(self.var),
            "QUICKCART_DOMAIN": self.domain,
            "QUICKCART_PORT": str(self.port),
            "QUICKCART_REALTIME_PORT": str(self.realtime_port),
        }


def load() -> Config:
    """Read the configuration.

    Raises:
        LauncherError: a port is no port, or the demo would be found by strangers.
        ServiceError: `.env` cannot be read.
    """
    environment.read_dotenv(toolchain.ROOT)
    port = _port("QUICKCART_PORT", 8000)
    named = os.environ.get("QUICKCART_REALTIME_PORT")
    realtime = _port("QUICKCART_REALTIME_PORT", port + 1)
    return Config(
        var=services.var_directory(toolchain.ROOT),
        domain=_domain(),
        port=port,
        realtime_port=realtime if named else network.next_free(realtime),
        original=dict(os.environ),
    )


def _domain() -> str:
    domain = os.environ.get("QUICKCART_DOMAIN") or "localhost"
    is_demo = "DJANGO_SETTINGS_MODULE" not in os.environ
    is_meant = bool(os.environ.get("QUICKCART_DEMO_ONLINE"))
    if is_demo and not is_meant and not locality.is_local(domain):
        raise LauncherError(
            f"`make up` runs the demo, whose passwords are known, and {domain} can be "
            "found by anybody.",
            "docs/operations.md says how QuickCart is put online. To show the demo "
            "there all the same: QUICKCART_DEMO_ONLINE=yes make up",
        )
    return domain


def _port(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdigit() or int(text) not in network.PORTS:
        raise LauncherError(
            f"{name} is “{text}”, which is no port.",
            "A port is a number from 1 to 65535.",
        )
    return int(text)
