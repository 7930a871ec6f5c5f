"""`make up` and its relatives: from a fresh clone to a running network.

What runs before the virtual environment exists (`__main__`, `console`, `errors`,
`toolchain`, `browser`) uses the standard library alone; the rest is imported only
after the launcher has started itself again inside the environment.
"""

import sys

MINIMUM = (3, 11)

# Here, because everything else is written for Pythons that are new enough.
if sys.version_info < MINIMUM:
    sys.exit(
        f"Python {sys.version_info[0]}.{sys.version_info[1]} is too old: "
        "3.11 or newer is needed.\n"
        "Install one and name it: make PYTHON=python3.12 …"
    )
