"""Addresses of the checkout."""

from django.urls import path

from storefront.checkout import views

app_name = "checkout"

urlpatterns = [
    path("", views.index, name="index"),
    path("slot/", views.slot, name="slot"),
    path("place/", views.place, name="place"),
]
