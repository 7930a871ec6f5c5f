"""What the checkout's page shows: the goods, the times, what has changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from storefront import fulfilment
from storefront.checkout import agreements, fields, picker
from storefront.checkout.forms import CheckoutForm
from storefront.commerce import pricing
from storefront.oscar_apps.basket.models import Basket
from storefront.payments import methods
from ui.money import format_money

Context = dict[str, Any]


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
        "fields": fields.drawn(form),
        "quote": quote,
        "agreement": agreements.offer(
            basket=basket, quote=quote, is_trimmed=is_trimmed
        ),
        "changes": changes,
        "must_agree": is_trimmed or bool(reply.changed),
        "reply": reply,
        "lines": [_line(line) for line in quote.lines],
        "totals": _totals(quote),
        "currency": quote.currency,
        "ways": methods.offered(),
    }


def times(basket: Basket, *, chosen: str, now: datetime) -> Context:
    """Return the slots a basket may choose from, the one it holds, and where."""
    choice = fulfilment.provider().choice(basket=basket, now=now)
    hold = choice.hold
    chosen = chosen or (hold.slot.value if hold else "")
    return {
        "days": picker.days(choice.days, chosen=chosen, now=now),
        "hold": hold,
        "hold_until": date_format(hold.expires_at, "H:i") if hold else "",
        "place": choice.place,
    }


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
