"""The order page's socket."""

from storefront.tracking import selectors
from tenants import channels, limits, sockets


class OrderConsumer(sockets.Listener):
    """Tells whoever has an order's link that the order moved."""

    def find_group(self) -> str | None:
        reference = self.scope["url_route"]["kwargs"]["reference"]
        address = limits.address_of_socket(self.scope)
        try:
            limits.check(selectors.WRONG_LINKS, by=address)
            if not selectors.is_known(reference):
                limits.take(selectors.WRONG_LINKS, by=address, once_for=reference[:32])
                return None
        except limits.TooOften:
            return None
        return channels.group(f"order.{reference}")
