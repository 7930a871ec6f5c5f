"""The doors to an order: its page, its state alone, its calendar entry, its end.

Whoever has the link has the order: no sign-in. So its pages are kept by nobody,
listed by nobody, and tell no other site where they are.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kernel import clock
from kernel.refusal import Refusal
from storefront import frame, fulfilment
from storefront.commerce import life
from storefront.oscar_apps.order.models import Order, OrderStatus
from storefront.payments import methods
from storefront.tracking import calendar, progress, selectors, services
from tenants import context, hosts, limits, sockets
from ui import pages

if TYPE_CHECKING:
    from accounts.models import User

PAGE_SIZE = 12
#: htmx and live.js take it as "the last answer".
OVER = 286

OrderView = Callable[[HttpRequest, Order], HttpResponse]


def by_reference(view: OrderView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Give a view the order its address names; a page that helps if there is none."""

    @wraps(view)
    def found(request: HttpRequest, reference: str) -> HttpResponse:
        meant = selectors.spell(reference)
        if meant is None or meant == reference:
            response = _answer(view, request, reference)
        else:
            response = redirect(request.path.replace(reference, meant, 1))
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response.setdefault("Referrer-Policy", "no-referrer")
        return response

    return found


def _answer(view: OrderView, request: HttpRequest, reference: str) -> HttpResponse:
    address = limits.address_of(request)
    limits.check(selectors.WRONG_LINKS, by=address)
    try:
        order = selectors.find(reference, now=clock.now())
    except Order.DoesNotExist:
        limits.take(selectors.WRONG_LINKS, by=address, once_for=reference[:32])
        words = {
            "page_title": _("Order not found"),
            "contact": frame.of(request).profile,
        }
        return render(request, "tracking/unknown_order.html", words, status=404)
    return view(request, order)


@require_GET
@sockets.page
@by_reference
def order_page(request: HttpRequest, order: Order) -> HttpResponse:
    """Show an order: where it stands, when and where to collect, what is in it."""
    return render(
        request,
        "tracking/order_page.html",
        {
            **_state(order),
            "page_title": _("Order %(number)s") % {"number": order.number},
            "lines": _lines(order),
            "totals": _totals(order),
            "place": fulfilment.provider().place(),
            "contact": frame.of(request).profile,
            "payment": methods.gateway(order.payment_method),
            "live_path": f"/ws/orders/{order.public_reference}/",
            "live_origin": sockets.origin_for(request),
        },
    )


@require_GET
@by_reference
def order_state(request: HttpRequest, order: Order) -> HttpResponse:
    """Show the state alone; the page fetches it anew when it may have changed."""
    state = _state(order)
    status = OVER if state["is_over"] and "X-Live" in request.headers else 200
    return render(request, "tracking/order_state.html", state, status=status)


@require_GET
@by_reference
def order_calendar(request: HttpRequest, order: Order) -> HttpResponse:
    """Send the slot as a calendar file."""
    shop, place = context.current_shop(), fulfilment.provider().place()
    address = reverse("tracking:order", args=[order.public_reference])
    entry = calendar.Entry(
        uid=f"{order.number}@{hosts.host_of(shop.subdomain)}",
        summary=_("Collect order %(number)s at %(shop)s")
        % {"number": order.number, "shop": shop.name},
        starts_at=order.collect_from,
        ends_at=order.collect_until,
        place=", ".join(part for part in (shop.name, place.where) if part),
        description=place.bring,
        url=request.build_absolute_uri(address),
        is_cancelled=order.status == OrderStatus.CANCELLED,
        revision=int(order.status_changed_at.timestamp()),
    )
    return HttpResponse(
        calendar.write(entry, now=clock.now()),
        content_type="text/calendar; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="order-{order.number}.ics"'
        },
    )


@require_http_methods(["GET", "POST"])
@by_reference
def cancel_order(request: HttpRequest, order: Order) -> HttpResponse:
    """Ask whether to cancel, then do it."""
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            services.cancel(order=order, actor=_actor(request, order), now=clock.now())
            return redirect("tracking:order", order.public_reference)
        except Refusal as no:
            refusal = no
            order.refresh_from_db()
    response = render(
        request,
        "tracking/cancel_page.html",
        {
            **_state(order),
            "page_title": _("Cancel order %(number)s") % {"number": order.number},
            "refusal": refusal,
        },
        status=refusal.status if refusal else 200,
    )
    # Without a referrer browsers send no origin with the form either.
    response["Referrer-Policy"] = "same-origin"
    return response


@require_GET
@login_required
def history(request: HttpRequest) -> HttpResponse:
    """List the customer's own orders."""
    found = Paginator(selectors.of_customer(cast("User", request.user)), PAGE_SIZE)
    page = found.get_page(request.GET.get("page"))
    response = render(
        request,
        "tracking/history_page.html",
        {
            "page_title": _("Your orders"),
            "rows": [(order, OrderStatus(order.status).label) for order in page],
            "previous_url": (
                f"?page={page.previous_page_number()}" if page.has_previous() else ""
            ),
            "next_url": f"?page={page.next_page_number()}" if page.has_next() else "",
            "pages": pages.links(
                current=page.number, total=found.num_pages, url_of="?page={}".format
            ),
        },
    )
    response["Cache-Control"] = "no-store"
    return response


def _state(order: Order) -> dict[str, Any]:
    zone, now = context.current_shop().zone, clock.now()
    steps = selectors.steps(order)
    return {
        "order": order,
        "headline": progress.headline(order),
        "tone": progress.tone(order),
        "note": progress.note(order, zone=zone, now=now),
        "steps": progress.timeline(order, steps, zone=zone),
        "reason": steps[-1].note
        if steps and order.status == OrderStatus.CANCELLED
        else "",
        "may_cancel": selectors.may_cancel(order, now=now),
        "is_over": order.status in selectors.life_over(),
    }


def _lines(order: Order) -> list[dict[str, Any]]:
    return [
        {
            "title": line.title,
            "url": line.product.get_absolute_url() if _is_shown(line.product) else "",
            "quantity": line.quantity,
            "price": line.line_price_incl_tax,
        }
        for line in selectors.lines(order)
    ]


def _is_shown(product: Any) -> bool:
    return product is not None and product.is_public


def _totals(order: Order) -> list[dict[str, Any]]:
    return [{"label": _("Total"), "amount": order.total_incl_tax, "kind": "sum"}]


def _actor(request: HttpRequest, order: Order) -> life.Actor:
    """Return who cancels: the order's own account, or whoever has its link."""
    is_own = request.user.is_authenticated and request.user.pk == order.user_id
    user = cast("User", request.user) if is_own else None
    return life.Actor(user=user, name=order.customer_name)
