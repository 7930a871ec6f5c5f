"""The one call by which an entry point gets its addresses."""

import os
from pathlib import Path

import environ

from . import binaries, lease
from .errors import ServiceError

DATABASE = "DATABASE_URL"
REDIS = "REDIS_URL"


def var_directory(root: Path) -> Path:
    """Return where data live: QUICKCART_VAR, or `var` beside manage.py."""
    return (root / os.environ.get("QUICKCART_VAR", "var")).expanduser().resolve()


def read_dotenv(root: Path) -> None:
    """Take from `.env` what the environment does not say already.

    Raises:
        ServiceError: the file cannot be read.
    """
    path = root / ".env"
    try:
        if path.is_file():
            environ.Env.read_env(str(path), overwrite=False)
    except (OSError, UnicodeDecodeError) as error:
        raise ServiceError(
            f"{path} cannot be read: {error}.", "It must be UTF-8 text you may read."
        ) from error


def ensure_environment(root: Path) -> None:
    """See to it that DATABASE_URL and REDIS_URL name servers that run.

    Reads `.env` in `root`. For each address that is missing the embedded server is
    started or attached to, and its address put into the environment, from which child
    processes have it too. PG_DUMP names the program that fits the embedded server.

    Raises:
        ServiceError: an embedded server cannot run; the sentence says why.
    """
    read_dotenv(root)
    var = var_directory(root)
    os.environ["QUICKCART_VAR"] = str(var)
    if pg_dump := binaries.pg_dump():
        # A system's own may be older than the server it is to dump.
        os.environ.setdefault("PG_DUMP", str(pg_dump))
    postgres, valkey = (not os.environ.get(name) for name in (DATABASE, REDIS))
    if not (postgres or valkey):
        return
    endpoints = lease.use(var, postgres=postgres, valkey=valkey)
    if postgres:
        os.environ[DATABASE] = endpoints.database_url
    if valkey:
        os.environ[REDIS] = endpoints.redis_url
