"""Addresses of the shop's own pages: the last to be asked, they take any path.

The name of the page's address is Wagtail's: its models reverse it.
"""

from django.urls import path, re_path

from storefront.pages import views

urlpatterns = [
    path("robots.txt", views.robots, name="robots"),
    path("sitemap.xml", views.show_sitemap, name="sitemap"),
    re_path(r"^((?:[\w\-]+/)*)$", views.serve, name="wagtail_serve"),
]
