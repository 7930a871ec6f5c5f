"""QuickCart's own PostgreSQL and Valkey, for when nobody names a server.

Everyone who needs the two asks for them with `use()` (or, from an entry point of
the product, with `ensure_environment()`). The first one to ask starts them, whoever
comes later attaches, and the last one to leave stops them. Who is using them is kept
in a file lock, so a process that is killed is forgotten by the kernel itself.

Nothing here imports Django: settings are read after the addresses are known.
"""

from .environment import ensure_environment, var_directory
from .errors import ServiceError
from .lease import Endpoints, check, find_servers, release, stop, use

__all__ = [
    "Endpoints",
    "ServiceError",
    "check",
    "ensure_environment",
    "find_servers",
    "release",
    "stop",
    "use",
    "var_directory",
]
