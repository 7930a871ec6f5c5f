"""The devices an account has signed in on: strangers' guesses shut nobody out there.

Wrong passwords are counted by account, or whoever has many addresses could guess
without end; so anybody could keep an owner out by guessing. A device on which the
account has signed in says so by a signed cookie, and has a count of its own
(https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies).
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string

from tenants import limits

SALT = "accounts.devices"
#: No browser keeps a cookie for longer.
AGE = 400 * 24 * 3600


def name_of(request: HttpRequest, *, email: str) -> str:
    """Return the device's name, if this account has signed in on it; else nothing."""
    cookie = request.COOKIES.get(settings.QUICKCART_DEVICE_COOKIE, "")
    try:
        name, whose = signing.loads(cookie, salt=SALT, max_age=AGE)
    except (signing.BadSignature, ValueError):
        return ""
    return str(name) if whose == limits.recipient(email) else ""


def remember(request: HttpRequest, response: HttpResponse, *, email: str) -> None:
    """Have the device say from now on that this account has signed in on it."""
    name = name_of(request, email=email) or get_random_string(16)
    response.set_cookie(
        settings.QUICKCART_DEVICE_COOKIE,
        signing.dumps([name, limits.recipient(email)], salt=SALT),
        max_age=AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
