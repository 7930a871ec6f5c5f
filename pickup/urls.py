"""Addresses of our screens, below the workspace's own."""

from django.urls import include, path

from pickup.views import orders, settings

order_urls = [
    path("", orders.board_page, name="board"),
    path("board/", orders.board_part, name="board-part"),
    path("history/", orders.history, name="history"),
    path("<int:pk>/", orders.order_page, name="order"),
    path("<int:pk>/part/", orders.order_part, name="order-part"),
    path("<int:pk>/step/", orders.take_step, name="step"),
    path("<int:pk>/cancel/", orders.cancel_order, name="cancel"),
]

settings_urls = [
    path("", settings.settings_page, name="settings"),
    path("closures/", settings.add_closure, name="add-closure"),
    path("closures/<int:pk>/remove/", settings.remove_closure, name="remove-closure"),
]

urlpatterns = [
    path("orders/", include((order_urls, "orders"))),
    path("pickup/", include((settings_urls, "pickup"))),
]
