"""What an order's step tells the world, written into the outbox with it."""

from collections.abc import Iterable
from datetime import datetime

from notifications import outbox
from notifications.outbox import Posting
from storefront.oscar_apps.order.models import Order, OrderStatus, OrderStatusChange

#: Steps the customer gets a letter about.
LETTERS = {
    OrderStatus.PLACED: "confirmation",
    OrderStatus.READY: "ready",
    OrderStatus.CANCELLED: "cancelled",
}


def announce_step(
    *,
    order: Order,
    change: OrderStatusChange,
    product_ids: Iterable[int] = (),
    now: datetime,
) -> None:
    """Write the messages of one step of an order's life, in its transaction.

    Args:
        product_ids: goods whose stock the step changed.
    """
    postings = []
    what = LETTERS.get(OrderStatus(order.status))
    if what:
        postings.append(
            Posting(
                kind="order_mail",
                dedupe_key=f"order_mail:{order.pk}:{what}",
                payload={"order_id": order.pk, "what": what},
            )
        )
    groups = ["board"]
    if change.old_status:  # nobody watches an order that is being placed
        groups.append(f"order.{order.public_reference}")
    postings += [
        Posting(
            kind="live",
            dedupe_key=f"live:{group}:{change.pk}",
            payload={"group": group},
        )
        for group in groups
    ]
    ids = sorted(set(product_ids))
    if ids:
        postings.append(
            Posting(
                kind="card_stock",
                dedupe_key=f"card_stock:{change.pk}",
                payload={"product_ids": ids},
            )
        )
    outbox.post_all(postings, now=now)
