"""Channel group names, each with its shop in it."""

import re

from tenants.database import connection

#: Channels refuses names of 100 characters and more.
MAX_LENGTH = 100

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def group(name: str) -> str:
    """Return the current schema's channel group for `name` (`order.abc`, `board`).

    Raises:
        ValueError: characters Channels refuses, or a name that is too long.
    """
    if _UNSAFE.search(name):
        raise ValueError(f"Not a channel group name: {name!r}")
    full = f"{connection.schema_name}.{name}"
    if len(full) >= MAX_LENGTH:
        raise ValueError(f"Too long for a channel group name: {full!r}")
    return full
