"""Names nobody can guess."""

import secrets

# Crockford's base 32: no I, L, O or U, so that a person can read one aloud.
# https://www.crockford.com/base32.html
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def random_reference(length: int = 16) -> str:
    """Return `length` random characters of 5 bits each (16 characters: 80 bits).

    A digit and a letter are among them: by that whoever scrubs logs knows one.
    """
    while True:
        reference = "".join(secrets.choice(ALPHABET) for _ in range(length))
        if not reference.isalpha() and not reference.isdigit():
            return reference
