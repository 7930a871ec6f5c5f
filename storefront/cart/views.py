"""The doors to a basket: its page, its bar, and what is put in or taken out."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from kernel.http import same_origin
from kernel.refusal import Refusal
from storefront.cart import selectors, wishes
from storefront.commerce import baskets, pricing
from storefront.commerce.baskets import Change
from tenants import limits
from tenants.limits import Limit

#: The answer carries the visitor's words although nothing was changed.
REFUSED = 409
#: The part of the basket's page that is drawn anew.
PAGE = "basket-page"
#: Each visitor begins one. Who throws the cookie away begins another with each post.
NEW_BASKETS = Limit("new-baskets", most=60, seconds=600)

Door = Callable[[HttpRequest], HttpResponse]


def refusals_in_place(view: Door) -> Door:
    """Answer a refusal where the visitor is: a toast over the page, or a message."""

    @wraps(view)
    def told(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except Refusal as no:
            if not _htmx(request):
                if isinstance(no, limits.TooOften):
                    raise  # whoever sends so many needs no page that leads back
                messages.error(request, str(no))
                return redirect(_back(request))
            if request.htmx.target == PAGE:  # type: ignore[attr-defined]
                response = _whole(request, pricing.quote(_basket(request)))
                response.status_code = REFUSED
            else:
                response = _stepper(request, status=REFUSED)
            return _with_toast(response, {"text": str(no)})

    return told


@require_safe
@never_cache
def summary(request: HttpRequest) -> HttpResponse:
    """Show the basket."""
    basket = _basket(request)
    context = selectors.page(pricing.quote(basket), basket_id=basket.pk)
    context["page_title"] = _("Basket")
    context["removed"] = _removed(request)
    return render(request, "cart/summary.html", context)


@require_safe
@never_cache
def bar(request: HttpRequest) -> HttpResponse:
    """Show the basket in numbers, for pages that are the same for everybody."""
    context = {"basket": selectors.bar(pricing.quote(_basket(request)))}
    return render(request, "cart/bar.html", context)


@require_POST
@never_cache
@same_origin
@refusals_in_place
def add(request: HttpRequest) -> HttpResponse:
    """Put a product into the basket from a shelf or its page."""
    change_basket = baskets.set_quantity if wishes.is_exact(request) else baskets.add
    change = change_basket(
        basket=_opened(request),
        product_id=wishes.product_id(request),
        quantity=wishes.quantity(request),
        user=_user(request),
    )
    if not _htmx(request):
        tell = messages.warning if change.is_capped else messages.success
        tell(request, _words(change))
        return redirect(_back(request))
    if _is_on_summary(request):
        # Something was put into an empty basket from the goods shown there.
        response = _whole(request, pricing.quote(_basket(request)), retarget=True)
    else:
        response = _stepper(request, change=change)
    return _with_toast(response, _toast(change))


@require_POST
@never_cache
@refusals_in_place
def update(request: HttpRequest) -> HttpResponse:
    """Have exactly so many of a product, on the basket's own page."""
    change = _set(request, quantity=wishes.quantity(request))
    if not _htmx(request):
        return _to_summary(request, change)
    quote = pricing.quote(_basket(request))
    if not quote.lines:
        response = _whole(request, quote, retarget=True)
    else:
        line = next((x for x in quote.lines if x.product_id == change.product_id), None)
        context = {
            "change": change,
            "line": selectors.line_of(line) if line else None,
            "quote": quote,
            "basket": selectors.bar(quote),
            "currency": quote.currency,
            "has_trouble": bool(quote.short_lines),
        }
        response = render(request, "cart/_changed.html", context)
    return _with_toast(response, _toast(change))


@require_POST
@never_cache
@refusals_in_place
def remove(request: HttpRequest) -> HttpResponse:
    """Take a product out; it can be put back at once."""
    change = _set(request, quantity=0)
    if not _htmx(request):
        return _to_summary(request, change)
    response = _whole(request, pricing.quote(_basket(request)))
    return _with_toast(response, _toast(change))


@require_POST
@never_cache
@refusals_in_place
def restore(request: HttpRequest) -> HttpResponse:
    """Put back what was taken out."""
    change = _set(request, quantity=wishes.quantity(request))
    if not _htmx(request):
        return _to_summary(request, change)
    return _whole(request, pricing.quote(_basket(request)))


def _set(request: HttpRequest, *, quantity: int) -> Change:
    return baskets.set_quantity(
        basket=_opened(request),
        product_id=wishes.product_id(request),
        quantity=quantity,
        user=_user(request),
    )


def _basket(request: HttpRequest) -> Any:
    return request.basket  # type: ignore[attr-defined]  # storefront.middleware


def _opened(request: HttpRequest) -> Any:
    """Return the basket to change, unless it were one of very many new ones.

    Raises:
        TooOften: the address has begun too many.
    """
    basket = _basket(request)
    if basket.pk is None:
        limits.take(NEW_BASKETS, by=limits.address_of(request))
    return basket


def _user(request: HttpRequest) -> Any:
    return request.user if request.user.is_authenticated else None


def _htmx(request: HttpRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]  # django-htmx


def _is_on_summary(request: HttpRequest) -> bool:
    here = request.htmx.current_url_abs_path  # type: ignore[attr-defined]
    return (here or "").partition("?")[0] == reverse("basket:summary")


def _back(request: HttpRequest) -> str:
    return wishes.way_back(request, fallback=reverse("basket:summary"))


def _stepper(
    request: HttpRequest, *, change: Change | None = None, status: int = 200
) -> HttpResponse:
    """Answer with the stepper as it now stands, and the basket's numbers."""
    quote = pricing.quote(_basket(request))
    wanted = change.product_id if change else request.POST.get("product", "")
    line = next((x for x in quote.lines if str(x.product_id) == str(wanted)), None)
    kind = request.POST.get("kind", "")
    context = {
        "product_id": line.product_id if line else change.product_id if change else "",
        "title": line.title if line else change.title if change else "",
        "quantity": line.quantity if line else 0,
        "max": selectors.most(line) if line else change.most if change else None,
        "kind": kind if kind in {"large", "plain"} else "",
        "set_url": request.path,
        "basket": selectors.bar(quote),
    }
    return render(request, "cart/_stepper.html", context, status=status)


def _whole(
    request: HttpRequest, quote: pricing.Quote, *, retarget: bool = False
) -> HttpResponse:
    """Answer with all of the basket's page below its title."""
    context = selectors.page(quote, basket_id=_basket(request).pk)
    response = render(request, "cart/_whole.html", context)
    if retarget:
        response["HX-Retarget"] = f"#{PAGE}"
        response["HX-Reswap"] = "outerHTML"
    return response


def _to_summary(request: HttpRequest, change: Change) -> HttpResponse:
    address = reverse("basket:summary")
    if change.before and not change.quantity:
        return redirect(f"{address}?removed={change.product_id}x{change.before}")
    if change.is_capped:
        messages.warning(request, _words(change))
    return redirect(address)


def _removed(request: HttpRequest) -> dict[str, str] | None:
    """Return what was just taken out, for a button that puts it back."""
    product, _by, quantity = request.GET.get("removed", "").partition("x")
    is_known = product.isdecimal() and quantity.isdecimal()
    return {"product": product, "quantity": quantity} if is_known else None


def _words(change: Change) -> str:
    words = {"title": change.title, "count": change.quantity}
    if change.is_capped:
        return _("%(title)s: there are no more than %(count)d. You have them all.") % (
            words
        )
    if not change.quantity:
        return _("%(title)s removed.") % words
    return _("%(title)s is in your basket: %(count)d.") % words


def _toast(change: Change) -> dict[str, Any] | None:
    """Return a toast where the stepper alone does not say it."""
    if change.is_capped:
        return {"text": _words(change)}
    if not change.before or change.quantity:
        return None
    undo = {
        "url": reverse("basket:restore"),
        "label": _("Undo"),
        "values": {"product": change.product_id, "quantity": change.before},
        "target": f"#{PAGE}",
    }
    return {"text": _words(change), "undo": undo}


def _with_toast(response: HttpResponse, toast: dict[str, Any] | None) -> HttpResponse:
    if toast:
        response["HX-Trigger"] = json.dumps({"toast": toast})
    return response
