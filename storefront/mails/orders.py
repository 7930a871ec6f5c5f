"""What a customer is written about an order."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from notifications.mail import Letter
from storefront import fulfilment
from storefront.mails import letterhead
from storefront.oscar_apps.order.models import Order, OrderStatus
from storefront.payments import methods
from tenants import hosts
from tenants.models import Shop

#: What a greeting may repeat. A stranger can have a letter sent to anybody by
#: ordering in their name: it must not carry the stranger's own message.
_GIVEN_NAME = re.compile(r"[^\W\d_][^\W\d_'’-]{0,23}")


class What(StrEnum):
    """The occasions for a letter."""

    CONFIRMATION = "confirmation"
    READY = "ready"
    CANCELLED = "cancelled"


def is_past(what: What, order: Order) -> bool:
    """Say whether the occasion has passed: a late letter must not mislead."""
    status = OrderStatus(order.status)
    if what == What.CONFIRMATION:
        return status == OrderStatus.CANCELLED
    if what == What.READY:
        return status != OrderStatus.READY
    return status != OrderStatus.CANCELLED


def write(what: What, order: Order, *, shop: Shop, now: datetime) -> Letter:
    """Return the letter about an order, in the language and zone in force."""
    head = letterhead.of(shop)
    place = fulfilment.provider().place()
    where = "\n".join(line for line in (place.where, head.address) if line)
    window = _window(order)
    facts = {
        **_goods(order),
        "order": order,
        "given_name": _given_name(order.customer_name),
        "window": window,
        "where": where,
        "where_in_line": ", ".join(where.splitlines()),
        "bring": place.bring,
        "tracking_url": _tracking_url(order, shop=shop),
        "payment": methods.gateway(order.payment_method),
        "reason": _reason(order) if what == What.CANCELLED else "",
    }
    return head.write(
        f"order_{what}",
        subject=_subject(what, order, now=now),
        preheader=" · ".join([window, *where.splitlines()[:1]]),
        facts=facts,
    )


def _subject(what: What, order: Order, *, now: datetime) -> str:
    facts = {"number": order.number, "window": _window(order, now=now)}
    if what == What.CONFIRMATION:
        return _("Your order %(number)s: collect %(window)s") % facts
    if what == What.READY:
        return _("Ready to collect: %(number)s, %(window)s") % facts
    return _("Your order %(number)s is cancelled") % facts


def _window(order: Order, *, now: datetime | None = None) -> str:
    """Return "Friday 3 May, 14:30–15:00"; with `now`, "today 14:30–15:00"."""
    begins = timezone.localtime(order.collect_from)
    ends = timezone.localtime(order.collect_until)
    hours = f"{date_format(begins, 'H:i')}–{date_format(ends, 'H:i')}"
    if now is not None and begins.date() == timezone.localtime(now).date():
        return _("today %(hours)s") % {"hours": hours}
    return f"{date_format(begins, 'l j F')}, {hours}"


def _goods(order: Order) -> dict[str, Any]:
    lines = [
        {
            "quantity": line.quantity,
            "title": line.title,
            "price": line.line_price_incl_tax,
        }
        for line in order.lines.order_by("pk")
    ]
    total = {"label": _("Total"), "amount": order.total_incl_tax, "kind": "sum"}
    return {"lines": lines, "totals": [total], "currency": order.currency}


def _given_name(name: str) -> str:
    first, *_rest = name.split() or [""]
    return first if _GIVEN_NAME.fullmatch(first) else ""


def _reason(order: Order) -> str:
    change = (
        order.status_changes.filter(new_status=OrderStatus.CANCELLED)
        .order_by("-date_created")
        .first()
    )
    return change.note if change else ""


def _tracking_url(order: Order, *, shop: Shop) -> str:
    path = reverse("tracking:order", args=[order.public_reference])
    return hosts.shop_url(shop, path)
