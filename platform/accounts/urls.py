"""Sign-in, sign-up, reset and e-mail confirmation: allauth's, on every host."""

from django.urls import include, path, re_path

from accounts import views

urlpatterns = [
    path("", views.index, name="account_index"),
    # In front of allauth's own, of which it is all but the counting.
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("", include("allauth.account.urls")),
]
