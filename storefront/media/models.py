"""The one media library: pictures of pages and of products."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import AbstractImage, AbstractRendition, Image


class ShopImage(AbstractImage):
    """A picture, with the words a screen reader says in its place."""

    alt_text = models.CharField(
        _("description for people who do not see it"), max_length=200, blank=True
    )

    admin_form_fields = (*Image.admin_form_fields, "alt_text")

    class Meta(AbstractImage.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    @property
    def default_alt_text(self) -> str:
        return self.alt_text or self.title


class ShopRendition(AbstractRendition):
    """A picture in one size and format."""

    image = models.ForeignKey(
        ShopImage, on_delete=models.CASCADE, related_name="renditions"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "filter_spec", "focal_point_key"],
                name="rendition_once_per_spec",
            )
        ]
