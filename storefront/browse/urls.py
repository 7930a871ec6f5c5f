"""Addresses of the shelves; the same shapes and names as Oscar's."""

from django.urls import path, re_path

from storefront.browse import views

app_name = "catalogue"

# Nine digits and more are no key of ours: such an address is simply unknown.
_KEY = r"(?P<pk>[0-9]{1,18})"

urlpatterns = [
    path("", views.index, name="index"),
    path("search/", views.search, name="search"),
    re_path(
        rf"^category/(?P<category_slug>[\w-]+(?:/[\w-]+)*)_{_KEY}/$",
        views.category,
        name="category",
    ),
    re_path(rf"^(?P<product_slug>[\w-]*)_{_KEY}/$", views.detail, name="detail"),
]
