"""Addresses of the basket."""

from django.urls import path

from storefront.cart import views

app_name = "basket"

urlpatterns = [
    path("", views.summary, name="summary"),
    path("bar/", views.bar, name="bar"),
    path("add/", views.add, name="add"),
    path("update/", views.update, name="update"),
    path("remove/", views.remove, name="remove"),
    path("restore/", views.restore, name="restore"),
]
