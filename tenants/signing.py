"""A signing key for each shop, out of the one secret of the installation.

Every signed value of Django, Oscar, Wagtail and allauth (basket cookie, reset
token, session hash, e-mail confirmation) ends in a key made of
`settings.SECRET_KEY`. That setting is a `ShopKey`: read as text or bytes it is
the key of the schema in force, so what one shop has signed means nothing in
another, wherever in the libraries it is verified.
"""

import hashlib
import hmac
from typing import Any


def derive(secret: str, *, schema_name: str) -> str:
    """Return the schema's key: HMAC-SHA-256 of its name under `secret`, in hex."""
    message = f"quickcart.signing:{schema_name}".encode()
    return hmac.new(str.encode(secret), message, hashlib.sha256).hexdigest()


class ShopKey(str):
    """The installation's secret, seen as the current schema's derived key.

    Django asks for the key by `str(key)` (in `force_bytes`), some libraries by
    `key.encode()`; both give the derived key. Length and truth are the secret's
    own, so that Django's checks of the setting judge the secret.
    """

    __slots__ = ()

    def _derived(self) -> str:
        from tenants.database import connection

        secret = str.__str__(self)
        return derive(secret, schema_name=connection.schema_name)

    def __str__(self) -> str:
        return self._derived()

    def __format__(self, format_spec: str) -> str:
        return format(self._derived(), format_spec)

    def encode(self, *args: Any, **kwargs: Any) -> bytes:
        return self._derived().encode(*args, **kwargs)
