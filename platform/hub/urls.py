"""Addresses of the hub."""

from django.urls import path

from hub.views import directory, mailbox, shops

app_name = "hub"

urlpatterns = [
    path("", directory.home, name="home"),
    path("platform/", shops.index, name="shops"),
    path("platform/shops/open/", shops.open_shop, name="open-shop"),
    path("platform/shops/address/", shops.address, name="address"),
    path("platform/shops/<slug:subdomain>/", shops.detail, name="shop"),
    path(
        "platform/shops/<slug:subdomain>/invite/",
        shops.invite_again,
        name="invite-again",
    ),
    path("platform/mailbox/", mailbox.index, name="mailbox"),
    path("platform/mailbox/<int:pk>/", mailbox.detail, name="mail"),
    path("platform/mailbox/<int:pk>/letter/", mailbox.letter, name="letter"),
]
