"""The letters the outbox asks for."""

import logging
from datetime import datetime
from typing import Any

from accounts import invitations
from accounts.models import User
from notifications import handlers, mail
from storefront.mails import letterhead, orders
from storefront.oscar_apps.order.models import Order
from tenants import context

logger = logging.getLogger(__name__)


@handlers.register("order_mail", lane=handlers.Lane.OUTSIDE)
def order_mail(payload: dict[str, Any], *, dedupe_key: str, now: datetime) -> None:
    """Write to a customer: `{"order_id": 1, "what": "confirmation"}`.

    Raises:
        handlers.Undeliverable: there is no such order or occasion.
    """
    shop = context.current_shop()
    try:
        what = orders.What(payload["what"])
        order = Order.objects.select_related("user").get(pk=payload["order_id"])
    except (ValueError, Order.DoesNotExist) as error:
        raise handlers.Undeliverable(str(error)) from error
    if orders.is_past(what, order):
        logger.info("order %s is %s: no %s", order.number, order.status, what)
        return
    if not order.contact_email:
        logger.info("order %s has no address to write to", order.number)
        return
    with letterhead.speaking_for(shop):
        letter = orders.write(what, order, shop=shop, now=now)
    mail.send(dedupe_key=dedupe_key, to=order.contact_email, letter=letter, now=now)


@handlers.register("invitation_mail", lane=handlers.Lane.OUTSIDE)
def invitation_mail(payload: dict[str, Any], *, dedupe_key: str, now: datetime) -> None:
    """Invite somebody into an account made for them: `{"user_id": 1}`.

    The link is made here, so that the outbox never holds it.

    Raises:
        handlers.Undeliverable: there is no such user.
    """
    shop = context.current_shop()
    user = User.objects.filter(pk=payload["user_id"]).first()
    if user is None:
        raise handlers.Undeliverable("The user is gone.")
    if not invitations.is_open(user):
        logger.info("user %s has come in already: no invitation", user.pk)
        return
    with letterhead.speaking_for(shop):
        subject, text, html = invitations.message(user, shop)
    name = letterhead.of(shop).name
    letter = mail.Letter(subject=subject, text=text, html=html, from_name=name)
    mail.send(dedupe_key=dedupe_key, to=user.email, letter=letter, now=now)
