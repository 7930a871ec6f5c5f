"""The form of the media library, and the field every upload of a picture is."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from storefront.media.discretion import discreet
from storefront.media.models import ShopImage


class PictureField(WagtailImageField):
    """Wagtail's, which reads a picture to its end and fails where that is missing.

    What the camera wrote into it is not kept: whoever has its address may read it.
    """

    def to_python(self, data: Any) -> Any:
        """Return the checked file, without metadata.

        Raises:
            ValidationError: it is no picture, too large, cut off or damaged.
        """
        try:
            file = super().to_python(data)
            return file and discreet(file)
        # Pillow has an error of its own for each way in which a file can be broken.
        except (OSError, SyntaxError, ValueError, EOFError) as error:
            words = _("This picture is damaged or not complete. Please choose another.")
            raise ValidationError(words, code="damaged") from error


class ShopImageForm(BaseImageForm):
    file = PictureField(label=_("File"), widget=BaseImageForm.Meta.widgets["file"])

    def save(self, commit: bool = True) -> ShopImage:
        """Save the picture; once more if its file was replaced.

        Wagtail drops the renditions of the old file after it has saved the new
        one. The second save makes them anew, and tells those who show them.
        """
        image: ShopImage = super().save(commit=commit)
        if commit and "file" in self.changed_data and self.original_file:
            image.save()
        return image
