"""Messages of one part that another part takes."""

from datetime import datetime
from typing import Any

from hub import directory
from notifications import handlers
from tenants import context


@handlers.register("hub_card")
def publish_card(payload: dict[str, Any], *, dedupe_key: str, now: datetime) -> None:
    """Carry a shop's card from its outbox to the hub's directory."""
    shop = context.current_shop()
    with context.in_public():
        directory.publish(shop=shop, card=payload)
