"""What a page says once, carried by the visitor until the next page says it."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest


class NoticeStorage(CookieStorage):
    """Django's cookie of messages, signed with the shop's key, under our name.

    In a session each would be a row kept for weeks, made by anybody who sends a form
    again and again without the cookie it was answered with.
    """

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.cookie_name = settings.QUICKCART_NOTICES_COOKIE
