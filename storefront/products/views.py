"""The Products screens of the workspace: the list, the form, a row's count."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from kernel import clock
from kernel.refusal import Refusal
from storefront.oscar_apps.catalogue.models import Product
from storefront.products import access, editing, selectors
from storefront.products.forms import CountForm, ProductForm, initial_of
from ui import pages

PER_PAGE = 50
#: Where a service's "no" is shown in the form.
_FIELD_OF: dict[type[Refusal], str] = {
    editing.BarcodeTaken: "gtin",
    editing.SkuTaken: "sku",
    editing.StockPromised: "stock",
    editing.StockChanged: "stock",
}

View = Callable[..., HttpResponse]


def allowed(may: Callable[[Any], bool]) -> Callable[[View], View]:
    """Let in only those who may."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return guard


@allowed(access.may_see)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the products, narrowed and searched."""
    text, narrowed = request.GET.get("q", "")[:200], request.GET.get("only", "")
    page = Paginator(selectors.found(text, narrowed), PER_PAGE).get_page(
        request.GET.get("page", "")[:9]
    )
    kept = {name: value for name, value in (("q", text), ("only", narrowed)) if value}
    numbers = selectors.counts()
    return render(
        request,
        "products/index_page.html",
        {
            "page_title": _("Products"),
            "header_icon": "tag",
            "rows": selectors.rows(page.object_list),
            "text": text,
            "narrowed": narrowed,
            "tabs": [
                (name, label, numbers[name], name == narrowed)
                for name, (label, _question) in selectors.FILTERS.items()
            ],
            "total": page.paginator.count,
            "has_any": numbers[""] > 0,
            "links": pages.links(
                current=page.number,
                total=page.paginator.num_pages,
                url_of=lambda number: f"?{urlencode(kept | {'page': number})}",
            ),
            **_rights(request),
        },
    )


@allowed(access.may_add)
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Make a product."""
    if request.method == "POST":
        form = ProductForm(request.POST, request.FILES)
        product = _saved(form)
        if product:
            messages.success(request, _("“%s” is in the list.") % product.title)
            again = "another" in request.POST
            return redirect("products:add" if again else "products:index")
        return _form_page(request, form, status=422)
    return _form_page(request, ProductForm(initial={"title": request.GET.get("title")}))


@allowed(access.may_edit)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a product."""
    product = _product(pk)
    if request.method == "POST":
        form = ProductForm(request.POST, request.FILES)
        if _saved(form, product_id=pk):
            messages.success(request, _("“%s” is saved.") % form.cleaned_data["title"])
            return redirect("products:index")
        return _form_page(request, form, product=product, status=422)
    record = product.stockrecords.order_by("pk").first()
    form = ProductForm(initial=initial_of(product, record))
    return _form_page(request, form, product=product)


@allowed(access.may_count)
@require_POST
def count(request: HttpRequest, pk: int) -> HttpResponse:
    """Set stock and price from a row of the list."""
    form = CountForm(_counted(request, pk))
    refusal = ""
    if form.is_valid():
        try:
            editing.count(product_id=pk, now=clock.now(), **_counts(form))
        except Refusal as no:
            refusal = str(no)
    else:
        refusal = str(next(iter(form.errors.values()))[0])
    return _row_answer(request, pk, form, refusal)


@allowed(access.may_edit)
@require_POST
def set_visibility(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a product in the shop, or hide it."""
    is_public = request.POST.get("public") == "yes"
    product = editing.set_public(product_id=pk, is_public=is_public, now=clock.now())
    words = _("“%s” is in the shop.") if is_public else _("“%s” is hidden.")
    messages.success(request, words % product.title)
    return redirect(_back(request))


@allowed(access.may_delete)
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then delete a product, or hide it if it was ever ordered."""
    product = _product(pk)
    if request.method != "POST":
        context = {"page_title": _("Delete"), "header_icon": "bin", "product": product}
        return render(request, "products/delete_page.html", context)
    if editing.delete(product_id=pk, now=clock.now()):
        messages.success(request, _("“%s” is deleted.") % product.title)
    else:
        words = _("“%s” is in orders, so it is hidden instead of deleted.")
        messages.warning(request, words % product.title)
    return redirect("products:index")


def _product(pk: int) -> Product:
    products = Product.objects.filter(pk=pk, structure=Product.STANDALONE)
    product: Product | None = products.first()
    if product is None:
        raise Http404
    return product


def _saved(form: ProductForm, *, product_id: int | None = None) -> Product | None:
    """Save a valid form; a refusal becomes an error of the field it is about."""
    if not form.is_valid():
        return None
    try:
        return editing.save(
            draft=form.draft(),
            product_id=product_id,
            seen=form.seen() if product_id else None,
            now=clock.now(),
        )
    except Refusal as no:
        form.add_error(_FIELD_OF.get(type(no)), str(no))
        if product_id and isinstance(
            no, (editing.ProductChanged, editing.StockChanged)
        ):
            _see_again(form, product_id)
        return None


def _see_again(form: ProductForm, product_id: int) -> None:
    """Let the next press of the button mean: yes, as it stands here."""
    product = _product(product_id)
    record = product.stockrecords.order_by("pk").first()
    fresh = initial_of(product, record)
    form.answer(version=fresh["version"], seen_stock=fresh["seen_stock"])


def _counted(request: HttpRequest, pk: int) -> Any:
    """Return what was sent; who may not set prices sends the one that is."""
    if access.may_edit(request.user):
        return request.POST
    row = selectors.row(pk)
    price = row.product.price if row else None
    return {**request.POST.dict(), "price": price, "seen_price": price}


def _counts(form: CountForm) -> dict[str, editing.Count]:
    data = form.cleaned_data
    return {
        "seen": editing.Count(data["seen_price"], data["seen_stock"] or 0),
        "wanted": editing.Count(data["price"], data["stock"]),
    }


def _row_answer(
    request: HttpRequest, pk: int, form: CountForm, refusal: str
) -> HttpResponse:
    if not request.htmx:  # type: ignore[attr-defined]
        tell = messages.error if refusal else messages.success
        tell(request, refusal or _("Saved."))
        return redirect(_back(request))
    row = selectors.row(pk)
    if row is None:
        return HttpResponse(status=404)
    context = {
        "row": row,
        "refusal": refusal,
        "is_saved": not refusal,
        "typed": form.data if refusal else None,
        **_rights(request),
    }
    status = 409 if refusal else 200
    return render(request, "products/row.html", context, status=status)


def _form_page(
    request: HttpRequest,
    form: ProductForm,
    *,
    product: Product | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "page_title": product.title if product else _("New product"),
        "header_icon": "tag",
        "form": form,
        "product": product,
        **_rights(request),
    }
    return render(request, "products/form_page.html", context, status=status)


def _rights(request: HttpRequest) -> dict[str, bool]:
    user = request.user
    return {
        "may_count": access.may_count(user),
        "may_edit": access.may_edit(user),
        "may_add": access.may_add(user),
        "may_delete": access.may_delete(user),
    }


def _back(request: HttpRequest) -> str:
    """Return the list as it was narrowed, never an address from elsewhere."""
    query = request.POST.get("query", "")[:500]
    return reverse("products:index") + (f"?{query}" if query else "")
