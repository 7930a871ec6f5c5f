"""Pages on which platform admins open shops and look after them."""

import time

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import invitations
from hub import addresses, forms
from hub.views.gates import for_admins
from kernel import clock, refusal
from notifications import outbox
from tenants import context, fleet, hosts, provisioning
from tenants.models import Shop


@require_safe
@for_admins
def index(request: HttpRequest) -> HttpResponse:
    """List every shop, the newest first."""
    behind = {shop.pk for shop in fleet.shops_behind()}
    shops = [
        {"row": shop, "url": hosts.shop_url(shop), "is_behind": shop.pk in behind}
        for shop in Shop.objects.order_by("-created_at", "-pk")
    ]
    return render(request, "hub/platform/shops.html", {"shops": shops})


@for_admins
def open_shop(request: HttpRequest) -> HttpResponse:
    """Show the form; open the shop it describes and show that."""
    form = forms.OpenShopForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        shop = _open(request, form)
        if shop is not None:
            return redirect("hub:shop", subdomain=shop.subdomain)
    status = 422 if form.is_bound else 200
    return render(request, "hub/platform/open_shop.html", _form(form), status=status)


def _open(request: HttpRequest, form: forms.OpenShopForm) -> Shop | None:
    started = time.monotonic()
    try:
        shop = provisioning.open_shop(application=form.application(), now=clock.now())
    except provisioning.SubdomainTaken as no:
        same = form.opened_before()
        if same is None:
            form.add_error("subdomain", str(no))
        return same
    except refusal.Refusal as no:
        form.add_error(None, str(no))
        return None
    took = time.monotonic() - started
    text = _("%(name)s is open. It took %(seconds)s seconds.")
    facts = {"name": shop.name, "seconds": f"{took:.1f}"}
    messages.success(request, text % facts)
    return shop


def _form(form: forms.OpenShopForm) -> dict[str, object]:
    facts: dict[str, object] = {"form": form, "time_zones": forms.time_zones()}
    subdomain = form.cleaned_data.get("subdomain") if form.is_bound else ""
    if subdomain and "subdomain" not in form.errors:
        facts |= {"subdomain": subdomain, "verdict": addresses.judge(str(subdomain))}
    return facts


@require_safe
@for_admins
def address(request: HttpRequest) -> HttpResponse:
    """Answer for the form while it is typed: is it free, or which would fit."""
    subdomain = request.GET.get("subdomain", "")[:60].strip().lower()
    is_suggested = not subdomain
    if is_suggested:
        subdomain = addresses.suggest(request.GET.get("name", "")[:80])
    facts = {
        "subdomain": subdomain,
        "is_suggested": is_suggested,
        "verdict": addresses.judge(subdomain) if subdomain else None,
    }
    return render(request, "hub/parts/address_verdict.html", facts)


@require_safe
@for_admins
def detail(request: HttpRequest, subdomain: str) -> HttpResponse:
    """Show one shop: where it is, what it is set to, who owns it."""
    shop = get_object_or_404(Shop, subdomain=subdomain)
    owner = invitations.owner_of(shop)
    invitation_url = ""
    if owner is not None and invitations.is_open(owner):
        invitation_url = invitations.url_for(owner, shop)
    facts = {
        "row": shop,
        "url": hosts.shop_url(shop),
        "opened_at": shop.created_at.astimezone(shop.zone),
        "owner": owner,
        "days": invitations.lifetime().days,
        "invitation_url": invitation_url,
    }
    return render(request, "hub/platform/shop.html", facts)


@require_POST
@for_admins
def invite_again(request: HttpRequest, subdomain: str) -> HttpResponse:
    """Have the invitation sent once more to an owner who has not used it."""
    shop = get_object_or_404(Shop, subdomain=subdomain)
    owner = invitations.owner_of(shop)
    if owner is not None and invitations.is_open(owner):
        now = clock.now()
        with context.inside(shop), transaction.atomic():
            outbox.post(
                kind="invitation_mail",
                # Once a minute is enough for any number of clicks.
                dedupe_key=f"invitation:{owner.pk}:{now:%Y%m%d%H%M}",
                payload={"user_id": owner.pk},
                now=now,
            )
        text = _("The invitation is on its way to %(email)s.")
        messages.success(request, text % {"email": owner.email})
    return redirect("hub:shop", subdomain=shop.subdomain)
