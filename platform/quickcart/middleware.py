"""What every request passes through, on the hub and in every shop."""

import logging
from collections.abc import Callable, Mapping

from csp.constants import HEADER
from csp.middleware import CheckableLazyObject, CSPMiddleware, PolicyParts
from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.signing import BadSignature
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import NoReverseMatch
from django.utils.datastructures import MultiValueDictKeyError
from modelsearch.backends.base import FieldError
from wagtail.models import Page

from kernel import refusal
from quickcart import errors

logger = logging.getLogger(__name__)

View = Callable[[HttpRequest], HttpResponse]


class ContentPolicyMiddleware(CSPMiddleware):
    """The strict policy for every page, a looser one for the workspace's."""

    WORKSPACE = "/admin/"
    #: What a page may say of its own policy; most say nothing.
    MARKS = frozenset({"_csp_config", "_csp_update", "_csp_replace", "_csp_exempt"})

    def __init__(self, get_response: View) -> None:
        super().__init__(get_response)
        self._usual: str | None = None

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Write the policy; the usual one is put into words once."""
        is_usual = self._is_usual(request, response)
        if self._usual is None or not is_usual:
            super().process_response(request, response)
            self._usual = response.get(HEADER) if is_usual else self._usual
            return response
        response[HEADER] = self._usual
        # As the library leaves it: a nonce that is asked for now would be in no policy.
        request.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)  # type: ignore[attr-defined]
        return response

    def _is_usual(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        said = vars(response).keys() & self.MARKS
        has_nonce = getattr(request, "_csp_nonce", None) is not None
        is_doubled = hasattr(settings, "CONTENT_SECURITY_POLICY_REPORT_ONLY")
        is_debugged = settings.DEBUG and response.status_code in {404, 500}
        is_workspace = request.path_info.startswith(self.WORKSPACE)
        is_written = is_doubled or HEADER in response
        return not (said or has_nonce or is_debugged or is_workspace or is_written)

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        is_workspace = request.path_info.startswith(self.WORKSPACE)
        # A policy that is only reported is one more than there is.
        if parts.config is None and is_workspace and not report_only:
            parts.config = settings.WORKSPACE_CONTENT_SECURITY_POLICY
        return parts


class BadInputMiddleware:
    """Answer 400 to what no form means and the database cannot hold.

    NUL bytes are refused where they are cheap to see (address and query); what is
    wrong with a body surfaces as an error and is answered the same way.
    """

    #: A number past a column's range or any, bytes that are no text, a field that a
    #: form's own page would have sent, a filter that is none.
    ERRORS = (
        DataError,
        OverflowError,
        UnicodeError,
        BadRequest,
        MultiValueDictKeyError,
        FieldError,
    )
    #: How the driver and Django's ORM word it.
    WORDS = ("NUL", "expected a number but got")
    #: Wagtail's screens that take for granted what only their own page sends, and what
    #: they raise where it is missing: a form's one field, a page to copy into, a draft
    #: that was kept, a page's parent, the names of a signed file.
    TRUSTING: Mapping[str, type[Exception] | tuple[type[Exception], ...]] = {
        "wagtailadmin_choose_page_external_link": AttributeError,
        "wagtailadmin_pages:copy": Page.DoesNotExist,
        "wagtailadmin_pages:revisions_revert": AttributeError,
        "wagtailadmin_pages:set_page_position": AttributeError,
        "wagtailredirects:process_import": (AttributeError, KeyError),
    }

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return errors.bad_request(request)
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if self._is_input(exception, request):
            # It may be a mistake of ours that only looks like one of the visitor's.
            logger.warning("taken for bad input: %r", request.path, exc_info=exception)
            return errors.bad_request(request)
        return None

    def _is_input(self, exception: Exception, request: HttpRequest) -> bool:
        if isinstance(exception, self.ERRORS):
            return True
        if isinstance(exception, NoReverseMatch):
            # Django takes the word a visitor wants to return to for a view's name.
            return bool(request.POST.get("next") or request.GET.get("next"))
        if self._is_trusted(exception, request):
            return True
        is_value = isinstance(exception, ValueError)
        return is_value and any(words in str(exception) for words in self.WORDS)

    def _is_trusted(self, exception: Exception, request: HttpRequest) -> bool:
        """Say whether a screen stumbled over what it takes for granted."""
        match = request.resolver_match
        if match is None or match.view_name not in self.TRUSTING:
            return False
        # It asked None, or what told it of a bad signature. Of anything else an attribute
        # is missing by a mistake of ours.
        asked = getattr(exception, "obj", None)
        is_theirs = asked is None or isinstance(asked, BadSignature)
        return is_theirs and isinstance(exception, self.TRUSTING[match.view_name])


class RefusalMiddleware:
    """Show a refusal that a page's door did not translate itself."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if isinstance(exception, refusal.Refusal):
            return errors.refused(request, exception)
        return None
