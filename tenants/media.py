"""Files, each shop's in its own folder, served by the shop's own host only."""

import posixpath

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.views import static
from django.views.decorators.http import require_safe
from django_tenants.files.storage import TenantFileSystemStorage


class ShopStorage(TenantFileSystemStorage):
    """Media under MEDIA_ROOT/<schema>; the address names no schema.

    The host of the request says whose file is meant, so an address copied from
    one shop opens nothing in another.
    """

    @property
    def relative_media_root(self) -> str:
        """Where all shops' folders are; the parent keeps what it was told first."""
        return str(settings.MEDIA_ROOT)

    @property
    def base_url(self) -> str:
        return settings.MEDIA_URL


@require_safe
def serve(request: HttpRequest, path: str) -> HttpResponseBase:
    """Send a file of the shop whose host was asked.

    File names of pictures and renditions change with their content, so browsers
    may keep them; nothing in them may run. Documents are Wagtail's to serve: it
    knows who may have them.
    """
    if posixpath.normpath(path).lstrip("/").startswith("documents/"):
        raise Http404
    try:
        response = static.serve(request, path, document_root=ShopStorage().location)
    except OSError:  # a name too long for a file, or a way through one
        raise Http404 from None
    if isinstance(response, FileResponse):
        response["Cache-Control"] = "public, max-age=31536000, immutable"
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
