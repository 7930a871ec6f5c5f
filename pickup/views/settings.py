"""The Pickup screen: hours, pickup times, rules and closed days."""

from collections.abc import Callable, Iterator
from functools import wraps
from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from kernel import clock
from kernel.refusal import Refusal
from pickup import access, board, opening, rules
from pickup.forms import ClosureForm, RulesForm, WeekForm
from pickup.models import Closure, PickupSettings
from pickup.services import Pickup
from pickup.windows import ClosedDays
from storefront.fulfilment import SlotOffer
from tenants import context

#: How many slots the preview shows.
PREVIEW = 8

View = Callable[..., HttpResponse]


def for_managers(view: View) -> View:
    """Let in only those who may set the shop's hours."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not access.may_change_settings(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@for_managers
@require_http_methods(["GET", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """Show and save the shop's hours and rules."""
    settings = PickupSettings.objects.get()
    if request.method != "POST":
        version = rules.version_of(settings)
        return _page(request, _forms(settings, None), version=version)
    forms, seen = _forms(settings, request.POST), request.POST.get("version", "")
    if not all(form.is_valid() for form in list(forms.values())):
        return _page(request, forms, version=seen, status=422)
    settings.opening_hours = forms["open_week"].cleaned_data["text"]
    settings.pickup_windows = forms["pickup_week"].cleaned_data["text"]
    try:
        _save(request, settings, seen=seen)
    except rules.SettingsChanged as no:
        return _beside_theirs(request, forms, no)
    return redirect("pickup:settings")


@for_managers
@require_POST
def add_closure(request: HttpRequest) -> HttpResponse:
    """Close the shop on some days."""
    now = clock.now()
    form = _closure_form(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            closure = rules.close_days(
                starts_on=data["starts_on"],
                ends_on=data["ends_on"],
                reason=data["reason"],
                now=now,
            )
        except Refusal as no:
            form.add_error(None, str(no))
        else:
            days = ClosedDays(closure.starts_on, closure.ends_on, closure.reason)
            messages.success(request, opening.closed_text(days))
            return redirect("pickup:settings")
    settings = PickupSettings.objects.get()
    return _page(
        request,
        _forms(settings, None),
        version=rules.version_of(settings),
        closure_form=form,
        status=422,
    )


@for_managers
@require_POST
def remove_closure(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the shop again on days that were closed."""
    rules.reopen_days(closure_id=pk, now=clock.now())
    messages.success(request, _("The shop is open on those days again."))
    return redirect("pickup:settings")


def _forms(settings: PickupSettings, data: Any) -> dict[str, Any]:
    return {
        "open_week": WeekForm(data, text=settings.opening_hours, prefix="open"),
        "pickup_week": WeekForm(data, text=settings.pickup_windows, prefix="pickup"),
        "rules_form": RulesForm(data, instance=settings, prefix="rules"),
    }


def _beside_theirs(
    request: HttpRequest, forms: dict[str, Any], no: rules.SettingsChanged
) -> HttpResponse:
    """Show what was typed beside what is saved; the next press of Save keeps it."""
    theirs = PickupSettings.objects.get()
    differences = [
        *forms["open_week"].unlike(theirs.opening_hours, title=_("Opening hours")),
        *forms["pickup_week"].unlike(theirs.pickup_windows, title=_("Pickup times")),
        *forms["rules_form"].unlike(theirs),
    ]
    meanwhile = {"words": str(no), "differences": differences}
    version = rules.version_of(theirs)
    return _page(request, forms, version=version, meanwhile=meanwhile, status=409)


def _save(request: HttpRequest, settings: PickupSettings, *, seen: str) -> None:
    kept = rules.save_settings(settings=settings, now=clock.now(), seen=seen)
    messages.success(request, _("Saved. Customers see it from now on."))
    if kept:
        words = ngettext(
            "%(count)s slot keeps more orders than that: they are booked already.",
            "%(count)s slots keep more orders than that: they are booked already.",
            kept,
        )
        messages.warning(request, words % {"count": kept})


def _page(
    request: HttpRequest,
    forms: dict[str, Any],
    *,
    version: str,
    meanwhile: dict[str, Any] | None = None,
    closure_form: ClosureForm | None = None,
    status: int = 200,
) -> HttpResponse:
    zone, now = context.current_shop().zone, clock.now()
    closures = list(
        Closure.objects.filter(ends_on__gte=now.astimezone(zone).date()).order_by(
            "starts_on", "pk"
        )
    )
    orders = board.in_closed_days(
        [ClosedDays(row.starts_on, row.ends_on) for row in closures], zone=zone
    )
    return render(
        request,
        "pickup/settings_page.html",
        {
            **forms,
            "are_plain": all(
                forms[name].is_plain(today=now.astimezone(zone).date())
                for name in ("open_week", "pickup_week")
            ),
            "version": version,
            "meanwhile": meanwhile,
            "has_errors": any(form.errors for form in forms.values()),
            "page_title": _("Pickup"),
            "header_icon": "date",
            "closures": list(zip(closures, orders, strict=True)),
            "closure_form": closure_form or _closure_form(None),
            "next_slots": list(islice(_next_slots(), PREVIEW)),
            "opening": Pickup().opening(now=now),
        },
        status=status,
    )


def _closure_form(data: Any) -> ClosureForm:
    today = clock.now().astimezone(context.current_shop().zone).date()
    return ClosureForm(data, today=today, prefix="closure")


def _next_slots() -> Iterator[SlotOffer]:
    for day in Pickup().days(basket=None, now=clock.now()):
        yield from day.slots
