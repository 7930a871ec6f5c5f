"""Sign-in, sign-up, reset and e-mail confirmation: allauth's, on every host."""

from django.urls import include, path

urlpatterns = [path("", include("allauth.account.urls"))]
