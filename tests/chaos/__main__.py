"""Break services and kill processes under load: `make chaos`, or `python -m chaos`."""

import os
import signal
import sys

import django

ABOUT = "Try QuickCart's own programs under races, kills and faults."


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quickcart.settings.test")
    django.setup()
    # What was started is stopped on the way out.
    signal.signal(signal.SIGTERM, lambda *_told: sys.exit(1))
    from chaos import checks
    from support import verdicts

    return verdicts.run(checks.everything(), about=ABOUT, argv=sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
