"""Oscar's templates show the library's renditions, made when a picture was saved."""

from dataclasses import dataclass

from django.templatetags.static import static
from oscar.core.thumbnails import AbstractThumbnailer

from storefront.media import pictures

PLACEHOLDER = "oscar/img/image_not_found.jpg"


@dataclass(frozen=True)
class Thumbnail:
    url: str
    width: int
    height: int


class RenditionThumbnailer(AbstractThumbnailer):
    def generate_thumbnail(self, source, **opts):
        image = getattr(getattr(source, "instance", None), "image", None)
        if hasattr(image, "get_renditions"):
            picture = pictures.card_picture(image)
            return Thumbnail(picture["src"], picture["width"], picture["height"])
        if source and hasattr(source, "url"):  # a category's own file
            return Thumbnail(source.url, source.width, source.height)
        return Thumbnail(static(PLACEHOLDER), 400, 400)

    def delete_thumbnails(self, source):
        """Leave renditions to the media library: they go with its picture."""
