"""The pattern library's door. For development: wire it where DEBUG is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from ui import samples, theme

if TYPE_CHECKING:
    from django.http import HttpRequest

_MODES = {"light", "dark"}


def library(request: HttpRequest, pictures_url: str = "/pictures") -> HttpResponse:
    """Show every component: `?theme=corner&mode=dark`."""
    name = request.GET.get("theme", "")
    name = name if name in samples.THEMES else "network"
    mode = request.GET.get("mode", "")
    context = samples.library(pictures_url=pictures_url, theme_name=name)
    context["theme_url"] = reverse("pattern-theme", args=[name])
    context["color_mode"] = mode if mode in _MODES else ""
    return render(request, "ui/pattern_library.html", context)


def theme_css(_request: HttpRequest, name: str, pictures_url: str = "") -> HttpResponse:
    """Serve a sample theme's stylesheet."""
    if name not in samples.THEMES:
        raise Http404
    return HttpResponse(
        theme.stylesheet(samples.THEMES[name]), content_type="text/css; charset=utf-8"
    )
