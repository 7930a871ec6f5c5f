#!/usr/bin/env python
"""Django's command line, with our source root in place."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def main() -> None:
    sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quickcart.settings.local")
    from django.core.management import execute_from_command_line

    from quickcart import services

    try:
        execute_from_command_line(sys.argv)
    except services.ServiceError as error:
        sys.exit(f"manage.py: {error}")


if __name__ == "__main__":
    main()
