"""Programs that are not ours and that we start."""

import os

#: What a program is found by and finds its own parts by.
KEPT = {"PATH", "HOME", "LD_LIBRARY_PATH"}


def environment(**more: str) -> dict[str, str]:
    """Return what PostgreSQL's programs are told: of our secrets nothing.

    Their own variables (PGSSLMODE, PGPASSFILE and such) stay, and they speak English.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT or name.startswith("PG")
    }
    return {**kept, "LC_ALL": "C", **more}
