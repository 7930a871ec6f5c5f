"""Where this copy of QuickCart lies, and what its environment says."""

from pathlib import Path

import environ

env = environ.Env()

ROOT = Path(__file__).resolve().parents[4]
VAR = Path(env("QUICKCART_VAR", default=str(ROOT / "var")))
