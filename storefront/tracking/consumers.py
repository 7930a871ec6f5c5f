"""The order page's socket."""

from storefront.tracking import selectors
from tenants import channels, sockets


class OrderConsumer(sockets.Listener):
    """Tells whoever has an order's link that the order moved."""

    def find_group(self) -> str | None:
        reference = self.scope["url_route"]["kwargs"]["reference"]
        if not selectors.is_known(reference):
            return None
        return channels.group(f"order.{reference}")
