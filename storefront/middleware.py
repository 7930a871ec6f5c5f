"""The visitor's basket, and Wagtail's redirects: both where there is a shop."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject, empty
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.contrib.redirects.middleware import RedirectMiddleware

from kernel import clock
from kernel.prepared import Parameter, Prepared
from storefront.commerce import baskets
from storefront.oscar_apps.basket.models import Basket
from storefront.oscar_apps.partner.strategy import Shelf
from tenants import context

View = Callable[[HttpRequest], HttpResponse]

SALT = "storefront.basket"
#: Longer than any cookie we have written.
LONGEST_COOKIE = 100

GUESTS = Prepared[Basket](
    lambda: Basket.open.filter(
        pk=Parameter("basket"), date_created=Parameter("begun"), owner=None
    )
)
CUSTOMERS = Prepared[Basket](lambda: Basket.open.filter(owner_id=Parameter("owner")))


class BasketMiddleware:
    """Give the request its basket, when somebody asks for it.

    A guest's basket is named by a signed cookie, a customer's by its owner. A
    cookie that names nothing of this visitor's (tampered with, another shop's,
    ordered, somebody's own, lost in a restore) is taken away, and the visitor starts
    afresh. Nothing is saved, and no cookie set, until something lies in the basket.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if context.is_public():
            return self.get_response(request)
        request.strategy = SimpleLazyObject(lambda: Shelf(request))  # type: ignore[attr-defined, no-untyped-call]  # Oscar's name
        request.drops_basket_cookie = False  # type: ignore[attr-defined]
        request.basket = SimpleLazyObject(lambda: _basket_of(request))  # type: ignore[attr-defined]
        response = self.get_response(request)
        if request.basket._wrapped is not empty:  # type: ignore[attr-defined]  # noqa: SLF001 (has anybody asked?)
            _keep(request, response)
        return response


class ShopRedirectMiddleware(RedirectMiddleware):
    """Wagtail's redirects, whose table exists in shops only."""

    def process_response(
        self, request: HttpRequest, response: HttpResponse
    ) -> HttpResponse:
        if context.is_public():
            return response
        redirected: HttpResponse = super().process_response(request, response)
        return redirected


def _basket_of(request: HttpRequest) -> Basket:
    basket = _find(request)
    basket.strategy = request.strategy  # type: ignore[attr-defined]
    return basket


def _find(request: HttpRequest) -> Basket:
    guest = _guest_basket(request)
    if not request.user.is_authenticated:
        return guest or Basket()
    if guest is None:
        own = CUSTOMERS.first(owner=request.user.pk)
        return own or Basket(owner=request.user)
    request.drops_basket_cookie = True  # type: ignore[attr-defined]
    merged = baskets.merge(guest=guest, user=request.user, now=clock.now())
    _tell(request, merged)
    return merged.basket


def cookie_of(basket: Basket) -> str:
    """Return what names a guest's basket to its owner: its key, and when it began.

    The key alone would open a stranger's: after an older backup is restored, keys that
    were given out since are given again. Cookies of before that held no more, and those
    who carry one begin a new basket: nothing tells whose the old one is.
    """
    return Signer(salt=SALT).sign(f"{basket.pk}.{basket.date_created.isoformat()}")


def _guest_basket(request: HttpRequest) -> Basket | None:
    cookie = request.COOKIES.get(settings.OSCAR_BASKET_COOKIE_OPEN)
    if cookie is None:
        return None
    basket = None
    try:
        if len(cookie) <= LONGEST_COOKIE:
            basket_id, _dot, begun = Signer(salt=SALT).unsign(cookie).partition(".")
            basket = GUESTS.first(
                basket=int(basket_id), begun=datetime.fromisoformat(begun)
            )
    except (BadSignature, ValueError):
        pass
    if basket is None:
        request.drops_basket_cookie = True  # type: ignore[attr-defined]
    return basket


def _tell(request: HttpRequest, merged: baskets.Merged) -> None:
    """Say what the sign-in did to the basket."""
    if not merged.count and not merged.is_capped:
        return
    words = ngettext(
        "We put the thing from before you signed in into your basket.",
        "We put the %(count)d things from before you signed in into your basket.",
        merged.count,
    ) % {"count": merged.count}
    if merged.is_capped:
        words += " " + _("Of some there are not that many left.")
    messages.info(request, words)


def _keep(request: HttpRequest, response: HttpResponse) -> None:
    """Name a guest's saved basket in a cookie; take away one that names nothing."""
    name = settings.OSCAR_BASKET_COOKIE_OPEN
    basket: Basket = request.basket  # type: ignore[attr-defined]
    is_new = request.drops_basket_cookie or name not in request.COOKIES  # type: ignore[attr-defined]
    is_open_guest = basket.pk and basket.owner_id is None and basket.can_be_edited
    if is_open_guest and is_new:
        response.set_cookie(
            name,
            cookie_of(basket),
            max_age=settings.OSCAR_BASKET_COOKIE_LIFETIME,
            secure=settings.OSCAR_BASKET_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    elif request.drops_basket_cookie:  # type: ignore[attr-defined]
        response.delete_cookie(name, samesite="Lax")
