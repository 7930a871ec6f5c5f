"""Pictures within text: in the widths that are ready, like everywhere else."""

from typing import Any

from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail.images.formats import (
    Format,
    register_image_format,
    unregister_image_format,
)

from storefront.media import pictures
from storefront.media.models import ShopImage

#: What the editor's chooser shows beside its fields: the preview it has made already.
PREVIEW = "max-165x165"
SIZES = "(min-width: 48rem) 44rem, 92vw"


class PictureFormat(Format):
    """A picture of the width of the text."""

    def image_to_html(
        self,
        image: ShopImage,
        alt_text: str,
        extra_attributes: dict[str, Any] | None = None,
    ) -> SafeString:
        """Return the picture as HTML."""
        picture = pictures.wide_picture(image)
        attributes: dict[str, Any] = {
            **(extra_attributes or {}),
            "src": picture["src"],
            "width": picture["width"],
            "height": picture["height"],
            "alt": alt_text,
            "class": self.classname,
            "loading": "lazy",
        }
        if picture["srcset"]:
            attributes |= {"srcset": picture["srcset"], "sizes": SIZES}
        return format_html("<img{}>", flatatt(attributes))


for name in ("left", "right", "fullwidth"):
    unregister_image_format(name)
# The name is in stored text: Wagtail's own, so that it means the same elsewhere.
register_image_format(
    PictureFormat("fullwidth", _("Full width"), "richtext-image", PREVIEW)
)
