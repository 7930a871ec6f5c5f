"""The form of the media library."""

from wagtail.images.forms import BaseImageForm

from storefront.media.models import ShopImage


class ShopImageForm(BaseImageForm):
    def save(self, commit: bool = True) -> ShopImage:
        """Save the picture; once more if its file was replaced.

        Wagtail drops the renditions of the old file after it has saved the new
        one. The second save makes them anew, and tells those who show them.
        """
        image: ShopImage = super().save(commit=commit)
        if commit and "file" in self.changed_data and self.original_file:
            image.save()
        return image
