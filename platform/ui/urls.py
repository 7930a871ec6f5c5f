"""The pattern library: `path("_patterns/", include("ui.urls"), {"pictures_url": …})`."""

from django.urls import path

from ui import views

urlpatterns = [
    path("", views.library, name="pattern-library"),
    path("<slug:name>.css", views.theme_css, name="pattern-theme"),
]
