"""The doors of the checkout: its one page, a time kept, an order placed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from kernel import clock
from kernel.refusal import Refusal
from storefront import fulfilment
from storefront.checkout import agreements, selectors
from storefront.checkout.agreements import Agreement
from storefront.checkout.forms import LONGEST_SLOT, CheckoutForm
from storefront.checkout.selectors import Reply
from storefront.commerce import baskets, orders
from storefront.commerce.attempts import KeyReused
from storefront.commerce.pricing import OutOfStock, PriceChanged
from storefront.oscar_apps.order.models import Order
from tenants import limits
from tenants.limits import Limit

#: Shown in place of what was sent, with its reasons.
REFUSED = 409
INVALID = 422
#: Baskets that keep a seat for the same address at about the same time.
KEPT_SEATS = Limit("kept-seats", most=5, seconds=900)
#: Nobody pays before they come, so somebody could order the shop empty.
ORDERS = Limit("orders", most=60, seconds=3600)
#: Whoever is named as the customer gets letters, and need not be who orders.
ORDERS_FOR_ONE = Limit("orders-for-one", most=20, seconds=3600, is_networks=True)


@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    """Show the checkout's one page."""
    return _page(request, CheckoutForm(initial=_known(request)))


@require_POST
@never_cache
def slot(request: HttpRequest) -> HttpResponse:
    """Keep a seat in a slot for a while; answer with the times, or the whole page."""
    form = CheckoutForm(initial={**_known(request), **request.POST.dict()})
    basket = _basket(request)
    chosen = request.POST.get("slot", "")
    words, status = "", 200
    try:
        if chosen and basket.pk:
            address = limits.address_of(request)
            limits.take(KEPT_SEATS, by=address, once_for=basket.pk)
            fulfilment.provider().hold(
                chosen[: LONGEST_SLOT + 1], basket=basket, now=clock.now()
            )
    except limits.TooOften:
        pass  # it stays chosen, and is theirs when they order: only it is not kept
    except Refusal as no:
        words, status = str(no), REFUSED
    if not request.htmx:  # type: ignore[attr-defined]  # django-htmx
        return _page(request, form, reply=Reply(words), status=status)
    context = selectors.times(basket, chosen="" if words else chosen, now=clock.now())
    context["slot_words"] = words
    return render(request, "checkout/_times.html", context, status=status)


@require_POST
@never_cache
def place(request: HttpRequest) -> HttpResponse:
    """Place the order the page shows, or show what stands against it."""
    form = CheckoutForm(request.POST)
    basket = _basket(request)
    agreement = agreements.read(request.POST.get("agreement", ""))
    if agreement is None:
        words = _("This page had grown old. Please look it over and place it again.")
        return _page(request, form, reply=Reply(words), status=REFUSED)
    if not form.is_valid():
        return _page(request, form, status=INVALID)
    try:
        _count(request, form, agreement)
        order = _ordered(request, basket, form=form, agreement=agreement)
    except (KeyReused, orders.AlreadyOrdered, baskets.BasketClosed):
        return _ordered_before(request, agreement)
    except Refusal as no:
        return _refused(request, form, no)
    return _thanks(request, order)


def _count(request: HttpRequest, form: CheckoutForm, agreement: Agreement) -> None:
    """Count an order by who sends it and by whom it names.

    Raises:
        TooOften: it is one too many.
    """
    address = limits.address_of(request)
    limits.take(ORDERS, by=address, once_for=agreement.key)
    named = form.cleaned_data["email"].lower()
    if request.user.is_anonymous or request.user.email != named:
        customer = limits.recipient(named)
        limits.take(ORDERS_FOR_ONE, by=customer, once_for=agreement.key)


def _ordered(
    request: HttpRequest, basket: Any, *, form: CheckoutForm, agreement: Agreement
) -> Order:
    """Place an order, or find the one this very page has placed.

    The request's basket is read first: if it is open, and no order of the page's
    key is there after that, it is the one to order; if it was ordered meanwhile,
    its order is there.
    """
    basket_id = basket.pk
    wish = {
        "contact": form.contact(),
        "slot": form.cleaned_data["slot"],
        "payment_method": form.cleaned_data["payment_method"],
        "note": form.cleaned_data["note"],
        "key": agreement.key,
        "agreed": agreement.agreed,
    }
    earlier = orders.answer(basket_id=agreement.basket_id, **wish)
    if earlier is not None:
        return earlier
    if basket_id != agreement.basket_id:
        raise orders.AlreadyOrdered(number="", reference="")
    if agreement.is_trimmed:
        baskets.trim(basket=basket, quantities=agreement.quantities())
    user = request.user if request.user.is_authenticated else None
    return orders.place(basket=basket, user=user, now=clock.now(), **wish)


def _thanks(request: HttpRequest, order: Order) -> HttpResponse:
    """Lead to the order's own page; its link is all a guest needs."""
    request.drops_basket_cookie = True  # type: ignore[attr-defined]  # storefront.middleware
    return redirect("tracking:order", order.public_reference)


def _ordered_before(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Lead to the order the page's basket has become; else back to the basket."""
    order = orders.of_basket(agreement.basket_id, begun=agreement.begun)
    if order is None:
        messages.warning(request, _("Your basket is another one now. Have a look."))
        return redirect("basket:summary")
    messages.info(request, _("You have placed this order already. Here it is."))
    return _thanks(request, order)


def _refused(request: HttpRequest, form: CheckoutForm, no: Refusal) -> HttpResponse:
    """Show the page again with what stands against the order; all typed is kept."""
    reply = Reply(str(no))
    if isinstance(no, PriceChanged):
        changed = no.data["lines"]
        reply = Reply(str(no), tuple(changed))  # type: ignore[arg-type]
    elif isinstance(no, OutOfStock):
        reply = Reply(_("Not everything is there any more."))
    elif no.code.startswith("slot_"):
        form.add_error("slot", str(no))
        reply = Reply()
    elif no.code == "payment_not_offered":
        form.add_error("payment_method", str(no))
        reply = Reply()
    return _page(request, form, reply=reply, status=REFUSED)


def _page(
    request: HttpRequest,
    form: CheckoutForm,
    *,
    reply: Reply | None = None,
    status: int = 200,
) -> HttpResponse:
    basket = _basket(request)
    basket.reset_offer_applications()
    if basket.is_empty:
        nothing = {"page_title": _("Checkout"), "reply": reply}
        return render(request, "checkout/empty.html", nothing, status=status)
    context = selectors.page(basket, form=form, now=clock.now(), reply=reply)
    context |= {
        "basket": {"count": context["quote"].count},
        "page_title": _("Checkout"),
        "sign_in_url": f"{reverse('account_login')}?next={request.path}",
    }
    return render(request, "checkout/index.html", context, status=status)


def _known(request: HttpRequest) -> dict[str, str]:
    """Return what the form need not ask a customer who is signed in."""
    user = request.user
    if not user.is_authenticated:
        return {}
    return {"name": user.get_full_name(), "email": user.email, "phone": user.phone}


def _basket(request: HttpRequest) -> Any:
    return request.basket  # type: ignore[attr-defined]  # storefront.middleware
