"""Addresses on a shop's host. Oscar's prefixes stand before Wagtail's catch-all."""

from django.urls import include, path, re_path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls
from wagtail.documents.views.serve import serve as send_document

from quickcart import errors
from tenants import media

urlpatterns = [
    # Wagtail fails here on purpose, for whoever asks.
    path("admin/failwhale/", errors.not_found),
    # Its own sign-in counts no attempts and asks for no second factor.
    path(
        "admin/login/",
        RedirectView.as_view(pattern_name="account_login", query_string=True),
    ),
    path("admin/", include(wagtailadmin_urls)),
    # Wagtail's own answers whatever is sent.
    re_path(
        r"^documents/(\d+)/(.*)$",
        require_safe(send_document),
        name="wagtaildocs_serve",
    ),
    path("documents/", include(wagtaildocs_urls)),
    path("media/<path:path>", media.serve, name="media"),
    path("account/", include("accounts.urls")),
    path("shop/", include("storefront.browse.urls")),
    path("basket/", include("storefront.cart.urls")),
    path("checkout/", include("storefront.checkout.urls")),
    path("orders/", include("storefront.tracking.urls")),
    path("", include("storefront.profile.urls")),
    path("", include("storefront.pages.urls")),
]

handler400 = "quickcart.errors.bad_request"
handler403 = "quickcart.errors.denied"
handler404 = "quickcart.errors.not_found"
handler500 = "quickcart.errors.server_error"
