"""The workspace is for staff."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from tenants import context

View = Callable[[HttpRequest], HttpResponse]

WORKSPACE = "/admin/"


class StaffOnlyMiddleware:
    """Refuse customers the workspace.

    Wagtail would send them to sign in, and sign-in, finding them signed in, back.
    Visitors who are not signed in go there as usual.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *args: object) -> None:
        """Raise PermissionDenied where a customer asks for the workspace.

        Raises:
            PermissionDenied: shown by the page for it.
        """
        if not request.path.startswith(WORKSPACE) or context.is_public():
            return
        user = request.user
        if user.is_authenticated and not user.has_perm("wagtailadmin.access_admin"):
            raise PermissionDenied
