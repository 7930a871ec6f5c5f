"""Addresses on the hub's own host."""

from django.urls import include, path

urlpatterns = [
    path("account/", include("accounts.urls")),
    path("", include("hub.urls")),
]

handler400 = "quickcart.errors.bad_request"
handler403 = "quickcart.errors.denied"
handler404 = "quickcart.errors.not_found"
handler500 = "quickcart.errors.server_error"
