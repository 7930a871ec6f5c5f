"""The demo's mailbox: every mail that a real network would have sent."""

from csp.decorators import csp_replace
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from hub.models import CapturedMail
from hub.views.gates import View, for_admins
from tenants.models import Shop
from ui import pages

PAGE_SIZE = 30


def in_demo(view: View) -> View:
    """Let a page exist in the demo only; in earnest mails are nobody's to read."""

    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not settings.QUICKCART_DEMO:
            raise Http404
        return for_admins(view)(request, *args, **kwargs)

    return guarded


@require_safe
@in_demo
def index(request: HttpRequest) -> HttpResponse:
    """List the mails, the newest first; htmx asks for the list alone."""
    mails = CapturedMail.objects.defer("text", "html").order_by("-captured_at", "-pk")
    paginator = Paginator(mails, PAGE_SIZE)
    page = paginator.get_page(request.GET.get("page"))
    names = _names([mail.schema_name for mail in page.object_list])
    context = {
        "mails": [
            {"row": mail, "shop": names.get(mail.schema_name, "QuickCart")}
            for mail in page.object_list
        ],
        "page": page,
        "page_links": pages.links(
            current=page.number,
            total=paginator.num_pages,
            url_of=lambda number: f"?page={number}",
        ),
    }
    is_list = "HX-Request" in request.headers
    template = "hub/parts/mails.html" if is_list else "hub/platform/mailbox.html"
    return render(request, template, context)


@require_safe
@in_demo
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one mail: its HTML in a frame that can do nothing, and its text."""
    mail = get_object_or_404(CapturedMail, pk=pk)
    shop = _names([mail.schema_name]).get(mail.schema_name, "QuickCart")
    return render(request, "hub/platform/mail.html", {"mail": mail, "shop": shop})


@require_safe
@in_demo
@csp_replace(
    {
        "default-src": ["'none'"],
        "script-src": None,
        "style-src": ["'unsafe-inline'"],
        "img-src": ["data:"],
        "font-src": None,
        "connect-src": None,
        "form-action": ["'none'"],
        "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
    }
)
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a mail's HTML as it is, for the frame; it may not run anything."""
    mail = get_object_or_404(CapturedMail, pk=pk)
    # Its links leave the frame, as they leave a mail program.
    html = mail.html.replace("<head>", '<head><base target="_blank">', 1)
    return HttpResponse(html)


def _names(schemas: list[str]) -> dict[str, str]:
    shops = Shop.objects.filter(schema_name__in=set(schemas))
    return dict(shops.values_list("schema_name", "name"))
