"""The Orders screens: the board, one order, and those that are over."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kernel import clock
from kernel.refusal import Refusal
from pickup import access, board
from storefront.commerce import life
from storefront.oscar_apps.order.models import Order, OrderStatus
from storefront.payments import methods
from tenants import context, sockets
from ui import pages

if TYPE_CHECKING:
    from accounts.models import User

PAGE_SIZE = 30
LONGEST_SEARCH = 80
LONGEST_REASON = 200

View = Callable[..., HttpResponse]


def for_staff(view: View) -> View:
    """Let in only those who work with orders."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not access.may_see_board(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@for_staff
@require_GET
@sockets.page
def board_page(request: HttpRequest) -> HttpResponse:
    """Show what there is to do now."""
    return render(request, "pickup/board_page.html", _board(request))


@for_staff
@require_GET
def board_part(request: HttpRequest) -> HttpResponse:
    """Show the board alone; the page fetches it when something changed."""
    return render(request, "pickup/board.html", {**_board(request), "is_part": True})


@for_staff
@require_GET
@sockets.page
def order_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one order, to pick it and hand it over."""
    order = get_object_or_404(Order.objects.select_related("user"), pk=pk)
    return render(
        request,
        "pickup/order_page.html",
        {
            **_order(order),
            **_live(),
            "page_title": _("Order %(number)s") % {"number": order.number},
            "header_icon": "list-ul",
            "lines": order.lines.order_by("title", "pk"),
            "live_origin": sockets.origin_for(request),
        },
    )


@for_staff
@require_GET
def order_part(request: HttpRequest, pk: int) -> HttpResponse:
    """Show where one order stands and what may be done; the part that changes."""
    order = get_object_or_404(Order.objects.select_related("user"), pk=pk)
    return render(request, "pickup/order.html", {**_order(order), "is_part": True})


@for_staff
@require_POST
def take_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an order one step further."""
    try:
        to = OrderStatus(request.POST.get("to", ""))
    except ValueError:
        raise BadRequest from None
    get_object_or_404(Order.objects.only("pk"), pk=pk)
    return _do(
        request,
        pk,
        lambda: life.advance(
            order_id=pk, to=to, actor=_actor(request), now=clock.now()
        ),
    )


@for_staff
@require_POST
def cancel_order(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel an order for a reason the customer is told."""
    reason = request.POST.get("reason", "").strip()[:LONGEST_REASON]
    get_object_or_404(Order.objects.only("pk"), pk=pk)
    if not reason:
        return _show(request, pk, refusal=_("Say why: the customer is told."))
    return _do(
        request,
        pk,
        lambda: life.cancel(
            order_id=pk, actor=_actor(request), now=clock.now(), reason=reason
        ),
    )


@for_staff
@require_GET
def history(request: HttpRequest) -> HttpResponse:
    """Show orders that are over, and find any by number or name."""
    words = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    found = Paginator(board.past(words=words), PAGE_SIZE)
    page = found.get_page(request.GET.get("page"))

    def url_of(number: int) -> str:
        return "?" + urlencode({"q": words, "page": number})

    return render(
        request,
        "pickup/history_page.html",
        {
            "page_title": _("Past orders"),
            "header_icon": "history",
            "words": words,
            "rows": [(order, OrderStatus(order.status).label) for order in page],
            "total": found.count,
            "pages": pages.links(
                current=page.number, total=found.num_pages, url_of=url_of
            ),
            "previous_url": (
                url_of(page.previous_page_number()) if page.has_previous() else ""
            ),
            "next_url": url_of(page.next_page_number()) if page.has_next() else "",
        },
    )


def _do(request: HttpRequest, pk: int, work: Callable[[], Order]) -> HttpResponse:
    try:
        work()
    except Refusal as no:
        return _show(request, pk, refusal=str(no), status=no.status)
    return _show(request, pk)


def _show(
    request: HttpRequest, pk: int, *, refusal: str = "", status: int = 422
) -> HttpResponse:
    """Show the screen the button was on as it is now, with the refusal if any."""
    is_board = request.GET.get("on") == "board"
    if not request.headers.get("HX-Request"):
        if refusal:
            messages.error(request, refusal)
        address = reverse("orders:board") if is_board else ""
        return redirect(address or reverse("orders:order", args=[pk]))
    told = {"refusal": refusal, "is_answer": True, "is_part": True}
    code = status if refusal else 200
    if is_board:
        return render(request, "pickup/board.html", _board(request) | told, status=code)
    order = get_object_or_404(Order.objects.select_related("user"), pk=pk)
    return render(request, "pickup/order.html", _order(order) | told, status=code)


def _board(request: HttpRequest) -> dict[str, Any]:
    zone, now = context.current_shop().zone, clock.now()
    days = _choice(board.Days, request.GET.get("days"), board.Days.TODAY)
    state = _choice(OrderStatus, request.GET.get("state"), None)
    if state not in board.COLUMNS:
        state = None
    counts = board.counts(zone=zone, now=now)
    query = urlencode({"days": days, "state": state or ""})
    return {
        **_live(),
        "page_title": _("Orders"),
        "header_icon": "list-ul",
        "columns": board.columns(days=days, state=state, zone=zone, now=now),
        "day_tabs": [
            (each, label, counts[each], each == days)
            for each, label in board.DAY_LABELS.items()
        ],
        "state_tabs": [
            (each, label, each == state) for each, label in board.COLUMNS.items()
        ],
        "days": days,
        "state": state or "",
        "late": counts["late"],
        "is_empty": not any(counts[each] for each in board.COLUMNS),
        "step_query": f"on=board&{query}",
        "part_url": f"{reverse('orders:board-part')}?{query}",
        "live_origin": sockets.origin_for(request),
    }


def _live() -> dict[str, str]:
    return {"live_path": "/ws/board/"}


def _order(order: Order) -> dict[str, Any]:
    shop, now = context.current_shop(), clock.now()
    return {
        "order": order,
        "ticket": board.ticket(order, zone=shop.zone, now=now),
        "state_label": OrderStatus(order.status).label,
        "payment": methods.gateway(order.payment_method),
        "steps": [
            (OrderStatus(change.new_status).label, change)
            for change in order.status_changes.order_by("date_created", "pk")
        ],
        "may_cancel": order.status in life.CANCELLABLE,
    }


def _actor(request: HttpRequest) -> life.Actor:
    user = cast("User", request.user)  # for_staff let nobody else in
    return life.Actor(user=user, name=user.get_full_name() or user.email)


def _choice(kind: Any, value: str | None, default: Any) -> Any:
    try:
        return kind(value)
    except ValueError:
        return default
