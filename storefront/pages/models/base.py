"""What every page kind of a shop has: a body of blocks, ready to be shown fast."""

from collections.abc import Mapping
from typing import Any, cast

from django.db import models
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page

from storefront import frame
from storefront.media.pictures import Picture
from storefront.pages import supplies
from storefront.pages.blocks import PageBlocks
from storefront.pages.fields import StreamField
from tenants import context, hosts


class ShopPage(Page):
    """A page whose published form carries its pictures' addresses with it.

    `pictures` is written whenever the page is saved, and again when a picture of
    it changes (`receivers`): showing the page asks the media library nothing.
    """

    body = StreamField(PageBlocks(), blank=True)
    pictures = models.JSONField(default=dict, blank=True, editable=False)

    content_panels = [
        *Page.content_panels,
        FieldPanel("body", heading=_("On this page")),
    ]
    # A shop's pages are for everybody: no page-by-page passwords.
    private_page_options: list[str] = []

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        fields = kwargs.get("update_fields")
        if fields is None or "body" in fields:
            self.pictures = self.collect_pictures()
            if fields is not None:
                kwargs["update_fields"] = {*fields, "pictures"}
        super().save(*args, **kwargs)

    def collect_pictures(self) -> dict[str, Picture]:
        """Return the pictures the body asks for, by id (as text: JSON's keys are)."""
        needs = supplies.needs_of(self.body)
        found = supplies.pictures_of(needs.picture_ids)
        return {str(pk): picture for pk, picture in found.items()}

    def get_url_parts(
        self, request: HttpRequest | None = None
    ) -> tuple[int, str | None, str | None] | None:
        """Return the page's address with scheme, host and port of today.

        Wagtail's row of the site knows a host of its time, and no other scheme.
        """
        match super().get_url_parts(request):
            case (int(site), str(), str(path)):
                return site, hosts.shop_url(context.current_shop(), ""), path
        return None

    def get_context(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        """Return the page with all that its blocks show."""
        shown: dict[str, Any] = super().get_context(request, *args, **kwargs)
        return {
            **shown,
            # Not fetched where the body has been drawn before.
            "supplies": SimpleLazyObject(lambda: self._supplies(request)),
            "page_title": self.seo_title or self.title,
            "page_description": self.search_description or self._first_words(),
        }

    def _supplies(self, request: HttpRequest) -> supplies.Supplies:
        return supplies.fetch(
            supplies.needs_of(self.body),
            known_pictures=None if self._is_preview(request) else self._pictures(),
            known_categories=frame.of(request).category_links,
        )

    def _pictures(self) -> Mapping[int, Picture]:
        kept = cast("dict[str, Picture]", self.pictures)
        return {int(pk): picture for pk, picture in kept.items()}

    def _is_preview(self, request: HttpRequest) -> bool:
        return bool(getattr(request, "is_preview", False))

    def _first_words(self) -> str:
        """Return the beginning of the page's text, for those who list pages."""
        for bound in self.body:
            if bound.block_type == "text":
                return Truncator(
                    bound.block.get_searchable_content(bound.value)[0]
                ).chars(155)
        return ""
