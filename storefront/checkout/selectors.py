"""What the checkout's page shows: the goods, the times, what has changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from storefront import fulfilment
from storefront.checkout import agreements
from storefront.checkout.forms import CheckoutForm
from storefront.commerce import pricing
from storefront.fulfilment import DayOffer, SlotOffer
from storefront.oscar_apps.basket.models import Basket
from storefront.payments import methods
from tenants import context
from ui.money import format_money

Context = dict[str, Any]

#: The slot picker has tabs for so many days.
DAYS = 14
#: A slot's states as the slot picker names them.
STATES = {"free": "free", "few": "low", "full": "full", "held": "held"}


@dataclass(frozen=True, slots=True)
class Reply:
    """Why a page is shown again: words over it, and what is not as agreed."""

    words: str = ""
    changed: tuple[dict[str, Any], ...] = ()


def page(
    basket: Basket, *, form: CheckoutForm, now: datetime, reply: Reply | None = None
) -> Context:
    """Return everything the page shows; what it shows is what is agreed to."""
    reply = reply or Reply()
    whole = pricing.quote(basket)
    quote = whole.trimmed()
    is_trimmed = bool(whole.short_lines)
    changes = [*_shortages(whole), *_differences(quote, reply.changed)]
    if not reply.changed:
        changes += _prices_since_added(quote)
    return {
        **times(basket, chosen=form["slot"].value() or "", now=now),
        "form": form,
        "quote": quote,
        "agreement": agreements.offer(
            basket_id=basket.pk, quote=quote, is_trimmed=is_trimmed
        ),
        "changes": changes,
        "must_agree": is_trimmed or bool(reply.changed),
        "reply": reply,
        "lines": [_line(line) for line in quote.lines],
        "totals": _totals(quote),
        "currency": quote.currency,
        "ways": methods.offered(),
        "place": fulfilment.provider().place(),
    }


def times(basket: Basket, *, chosen: str, now: datetime) -> Context:
    """Return the slots a basket may choose from, and the one it holds."""
    provider = fulfilment.provider()
    hold = provider.current_hold(basket=basket, now=now)
    chosen = chosen or (hold.slot.value if hold else "")
    days = provider.days(basket=basket, now=now)[:DAYS]
    today = now.astimezone(context.current_shop().zone).date()
    return {
        "days": _with_one_open([_day(day, chosen=chosen, today=today) for day in days]),
        "hold": hold,
        "hold_until": date_format(hold.expires_at, "H:i") if hold else "",
    }


def _day(day: DayOffer, *, chosen: str, today: date) -> Context:
    slots = [_slot(slot, chosen=chosen) for slot in day.slots]
    names = {today: _("Today"), today + timedelta(days=1): _("Tomorrow")}
    return {
        "date": day.date.isoformat(),
        "label": names.get(day.date) or date_format(day.date, "D"),
        "date_label": date_format(day.date, "j M"),
        "note": day.note,
        "slots": slots,
        "selected": any(slot["selected"] for slot in slots),
    }


def _with_one_open(days: list[Context]) -> list[Context]:
    """Open the first day with room, unless a slot is chosen."""
    if not any(day["selected"] for day in days):
        for day in days:
            if any(not slot["is_off"] for slot in day["slots"]):
                day["selected"] = True
                break
    return days


def _slot(slot: SlotOffer, *, chosen: str) -> Context:
    is_full = slot.state == "full"
    return {
        "value": slot.value,
        "label": f"{slot.starts_at:%H:%M}–{slot.ends_at:%H:%M}",
        "state": STATES[slot.state],
        "note": _note(slot),
        "is_off": is_full,
        "selected": slot.value == chosen and not is_full,
    }


def _note(slot: SlotOffer) -> str:
    if slot.state == "few":
        words = ngettext("%(left)d place left", "%(left)d places left", slot.left)
        return words % {"left": slot.left}
    return {"free": _("Free"), "full": _("Full"), "held": _("Held for you")}[slot.state]


def _line(line: pricing.PricedLine) -> Context:
    return {"title": line.title, "quantity": line.quantity, "price": line.price}


def _totals(quote: pricing.Quote) -> list[Context]:
    totals = [{"label": _("To pay"), "amount": quote.total, "kind": "sum"}]
    if quote.tax:
        totals.append({"label": _("VAT in it"), "amount": quote.tax, "kind": ""})
    return totals


def _shortages(quote: pricing.Quote) -> Iterable[str]:
    for line in quote.short_lines:
        words = {"title": line.title, "left": line.available, "wanted": line.quantity}
        if line.available:
            yield _("%(title)s: only %(left)d left; you wanted %(wanted)d.") % words
        else:
            yield _("%(title)s: sold out.") % words


def _prices_since_added(quote: pricing.Quote) -> Iterable[str]:
    for line in quote.lines:
        before = line.price_when_added
        if before is not None:
            yield _price_words(line, before=before)


def _differences(
    quote: pricing.Quote, changed: Iterable[dict[str, Any]]
) -> Iterable[str]:
    """Say what is not as the last page showed it."""
    present = {line.product_id: line for line in quote.lines}
    is_something_gone = False
    for change in changed:
        line = present.get(change["product_id"])
        if line is None:
            is_something_gone = True
        elif change["agreed_unit_price"] not in {None, str(line.unit_price)}:
            yield _price_words(line, before=change["agreed_unit_price"])
        elif change["agreed_quantity"] != line.quantity:
            words = {"title": line.title, "now": line.quantity}
            words["before"] = change["agreed_quantity"]
            yield _("%(title)s: %(now)d now, %(before)d before.") % words
    if is_something_gone:
        yield _("Something was taken out of your basket.")


def _price_words(line: pricing.PricedLine, *, before: object) -> str:
    return _("%(title)s: %(now)s each now, %(before)s before.") % {
        "title": line.title,
        "now": format_money(line.unit_price, line.currency),
        "before": format_money(before, line.currency),
    }
