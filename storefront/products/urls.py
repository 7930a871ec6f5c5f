"""Addresses of the Products screens, below the workspace's own."""

from django.urls import include, path

from storefront.products import views

product_urls = [
    path("", views.index, name="index"),
    path("add/", views.add, name="add"),
    path("<int:pk>/", views.edit, name="edit"),
    path("<int:pk>/count/", views.count, name="count"),
    path("<int:pk>/visibility/", views.set_visibility, name="visibility"),
    path("<int:pk>/delete/", views.delete, name="delete"),
]

urlpatterns = [path("products/", include((product_urls, "products")))]
