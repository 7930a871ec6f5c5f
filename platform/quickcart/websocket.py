"""Sockets: from the host to the shop, from the path to the consumer."""

from channels.routing import URLRouter

from tenants import sockets

application = sockets.ShopSocketMiddleware(URLRouter([]))
