"""Names nobody can guess."""

import secrets

# Crockford's base 32: no I, L, O or U, so that a person can read one aloud.
# https://www.crockford.com/base32.html
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def random_reference(length: int = 16) -> str:
    """Return `length` random characters of 5 bits each (16 characters: 80 bits)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
