"""Answering with a page that is there already."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.utils.cache import get_conditional_response, patch_vary_headers

from kernel import clock
from tenants import context
from tenants.editions import current, keys, marks, store
from tenants.editions.current import Edition
from tenants.editions.store import Page

View = Callable[[HttpRequest], HttpResponse]

#: Browsers ask each time, and are mostly told that nothing has changed; a proxy of
#: ours takes a crowd's questions for one second.
FOR_EVERYBODY = "public, max-age=0, s-maxage=1, must-revalidate"
FOR_ONE = "private, no-cache"
OK = 200
#: The mark by which a view adds to the page's policy (django-csp's), written outside.
POLICY = "_csp_update"


class PageCacheMiddleware:
    """Keep the pages that are for everybody, each for its edition.

    It stands around all that makes a page, so what it answers with is byte for byte
    what the first visitor got. Headers for every answer are written around it; what a
    page adds to its policy is kept with it.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"} or _is_preview(request):
            return self.get_response(request)
        host = _host_of(request)
        edition = _edition_of(host)
        request.edition = edition  # type: ignore[attr-defined]  # ours, named so
        key = _key_of(request, host, edition)
        if edition is None or key is None:
            return _for_one(self.get_response(request))
        page = _find(key, edition)
        if page is not None:
            request.tenant = edition.shop  # type: ignore[attr-defined]  # for the log
            request.is_kept = True  # type: ignore[attr-defined]  # the same
            return _answer(request, page, may_pack=True)
        response = self.get_response(request)
        page = _page_of(request, response, edition)
        if page is None:
            return _for_one(response)
        _keep(key, page, edition, is_shared=keys.is_shared(request))
        # Packing takes longer than many a page; it is for those who ask again.
        return _answer(request, page, may_pack=False)


def _is_preview(request: HttpRequest) -> bool:
    return bool(getattr(request, "is_preview", False))  # Wagtail's name


def _host_of(request: HttpRequest) -> str:
    try:
        return request.get_host().lower()
    except DisallowedHost:
        return ""  # the shop's middleware has the words for it


def _edition_of(host: str) -> Edition | None:
    if not host:
        return None
    with context.in_public():
        return current.of_host(split_domain_port(host)[0])


def _key_of(request: HttpRequest, host: str, edition: Edition | None) -> str | None:
    if edition is None or not edition.name or not edition.is_open:
        return None
    if not settings.QUICKCART_PAGE_CACHE or not keys.could_be_anybodys(request):
        return None
    return keys.of_page(request, host=host, schema_name=edition.schema_name)


def _inside(edition: Edition) -> AbstractContextManager[object]:
    return context.inside(edition.shop) if edition.shop else context.in_public()


def _find(key: str, edition: Edition) -> Page | None:
    page = store.memory.get(key)
    if page is not None and _is_current(page, edition):
        return page
    with _inside(edition):
        page = store.find_shared(key)
    if page is None or not _is_current(page, edition):
        return None
    store.memory.put(key, page)
    return page


def _is_current(page: Page, edition: Edition) -> bool:
    return page.edition == edition.name and clock.now() < page.until


def _page_of(
    request: HttpRequest, response: HttpResponse, edition: Edition
) -> Page | None:
    """Return what of a response can be kept; None if anything in it is personal."""
    until = marks.end_of(response)
    if until is None or request.method != "GET" or response.status_code != OK:
        return None
    if response.streaming or response.cookies or "Cookie" in response.get("Vary", ""):
        return None
    response.headers["Cache-Control"] = FOR_EVERYBODY
    patch_vary_headers(response, ["Accept-Encoding"])
    return Page(
        edition.name,
        until,
        tuple(response.items()),
        response.content,
        getattr(response, POLICY, None),
    )


def _keep(key: str, page: Page, edition: Edition, *, is_shared: bool) -> None:
    store.memory.put(key, page)
    if is_shared:
        with _inside(edition):
            store.share(key, page)


def _for_one(response: HttpResponse) -> HttpResponse:
    if marks.end_of(response) is not None and "Cache-Control" not in response:
        response["Cache-Control"] = FOR_ONE
    return response


def _answer(request: HttpRequest, page: Page, *, may_pack: bool) -> HttpResponse:
    is_packed = may_pack and "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "")
    body = page.pack() if is_packed else page.body
    response = HttpResponse(body, headers=dict(page.headers))
    if page.policy:
        setattr(response, POLICY, page.policy)
    response["ETag"] = page.etag
    response["Content-Length"] = str(len(body))
    if is_packed:
        response["Content-Encoding"] = "gzip"
    found = get_conditional_response(request, etag=page.etag, response=response)
    if found is not None and page.policy:
        # A browser takes the policy of a 304 for that of the page it has.
        setattr(found, POLICY, page.policy)
    return found or response
