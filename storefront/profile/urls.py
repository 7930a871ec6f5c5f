"""Addresses of this door."""

from django.urls import path

from storefront.profile import views

app_name = "profile"

urlpatterns = [
    path("theme.css", views.theme_css, name="theme"),
    path("favicon.svg", views.icon, name="icon"),
]
