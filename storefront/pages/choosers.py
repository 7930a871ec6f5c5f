"""Choosing products in the page editor, as the shelves show them."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import BaseColumn, Column
from wagtail.admin.views.generic import chooser as views
from wagtail.admin.viewsets.chooser import ChooserViewSet

from storefront.oscar_apps.catalogue.models import Product
from ui import money


class ProductFilterForm(BaseFilterForm):
    q = forms.CharField(
        label=_("Name, article number or barcode"), required=False, max_length=100
    )

    def filter(self, objects: "QuerySet[Product]") -> "QuerySet[Product]":
        objects = super().filter(objects)
        words = self.cleaned_data.get("q")
        if not words:
            return objects
        self.is_searching = True
        self.search_query = words
        found = Q(title__icontains=words) | Q(brand__icontains=words) | Q(upc=words)
        found |= Q(stockrecords__partner_sku__iexact=words)
        return objects.filter(found).distinct()


class PictureColumn(BaseColumn):
    """The card's picture, small."""

    def render_cell_html(self, instance: Product, parent_context: Any) -> str:
        picture = instance.card.picture
        if not picture:
            return format_html("<td></td>")
        return format_html(
            '<td><img src="{}" width="48" height="48" alt="" loading="lazy"></td>',
            picture["src"],
        )


def _price(product: Product) -> str:
    return money.format_money(product.card.price, product.card.currency)


def _stock(product: Product) -> str:
    return str(product.card.get_stock_state_display())


class ProductChooseMixin:
    filter_form_class = ProductFilterForm
    ordering = ["title", "pk"]

    def get_object_list(self) -> "QuerySet[Product]":
        # What has no card is not for sale, and no shelf could show it.
        listed: QuerySet[Product] = Product.objects.filter(card__isnull=False)
        return listed.select_related("card")

    @property
    def columns(self) -> list[Column]:
        picture = PictureColumn("picture", label=_("Picture"))
        price = Column("price", label=_("Price"), accessor=_price)
        stock = Column("stock", label=_("Stock"), accessor=_stock)
        return [picture, *super().columns, price, stock]  # type: ignore[misc]  # a mixin


class ProductChooseView(ProductChooseMixin, views.ChooseView):
    pass


class ProductChooseResultsView(ProductChooseMixin, views.ChooseResultsView):
    pass


class ProductChooserViewSet(ChooserViewSet):
    model = Product
    icon = "tag"
    choose_one_text = _("Choose a product")
    choose_another_text = _("Choose another product")
    edit_item_text = _("Edit this product")
    choose_view_class = ProductChooseView
    choose_results_view_class = ProductChooseResultsView
    per_page = 12

    def get_urlpatterns(self) -> list[URLPattern]:
        """Leave out making a product, which has a screen of its own."""
        return [entry for entry in super().get_urlpatterns() if entry.name != "create"]


product_chooser = ProductChooserViewSet("product_chooser")
ProductChooserWidget = product_chooser.widget_class
