"""Addresses of a customer's orders."""

from django.urls import path

from storefront.tracking import views

app_name = "tracking"

urlpatterns = [
    path("", views.history, name="history"),
    path("<str:reference>/", views.order_page, name="order"),
    path("<str:reference>/state/", views.order_state, name="state"),
    path("<str:reference>/calendar.ics", views.order_calendar, name="calendar"),
    path("<str:reference>/cancel/", views.cancel_order, name="cancel"),
]
