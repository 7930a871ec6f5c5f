"""What the outbox tells the cards."""

from datetime import datetime
from typing import Any

from notifications import handlers
from storefront.cards import services


@handlers.register("card_stock")
def follow_stock(payload: dict[str, Any], *, dedupe_key: str, now: datetime) -> None:
    """Show on the cards what orders left on the stock records."""
    services.refresh_stock(payload["product_ids"], now=now)
