"""`make bench`: QuickCart's figures, each beside a baseline taken in the same run."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
django.setup()

from support import verdicts  # noqa: E402

from benchmarks import (  # noqa: E402
    birth,
    nginx,
    pages,
    placing,
    plans,
    post,
    purchases,
    scale,
    watching,
)

#: Each lists its checks in CHECKS.
MODULES = (pages, nginx, purchases, placing, plans, birth, scale, post, watching)
CHECKS = [check for module in MODULES for check in module.CHECKS]

if __name__ == "__main__":
    sys.exit(
        verdicts.run(
            CHECKS, about="Measure QuickCart on this machine.", argv=sys.argv[1:]
        )
    )
