"""Sign-in, sign-up, reset and e-mail confirmation: allauth's, on every host."""

from django.urls import include, path

from accounts import views

urlpatterns = [
    path("", views.index, name="account_index"),
    path("", include("allauth.account.urls")),
]
