"""Sockets: from the host to the shop, from the path to the consumer."""

from channels.routing import URLRouter
from django.urls import path, re_path

from pickup.consumers import BoardConsumer
from storefront.tracking.consumers import OrderConsumer
from tenants import sockets

application = sockets.ShopSocketMiddleware(
    URLRouter(
        [
            path("ws/orders/<str:reference>/", OrderConsumer.as_asgi()),
            path("ws/board/", BoardConsumer.as_asgi()),
            re_path(r"", sockets.refuse),  # type: ignore[arg-type]  # no view: ASGI
        ]
    )
)
