"""Pictures from files, each imported into the media library once."""

from hashlib import sha1
from pathlib import Path

from django.core.files import File

from storefront.media.models import ShopImage


class PictureImport:
    """Imports files; one that the library has already, by its content, is reused."""

    def __init__(self) -> None:
        self._by_path: dict[Path, ShopImage] = {}

    def image_of(self, path: Path) -> ShopImage:
        """Return the library's image of a file; its renditions are made with it."""
        if path not in self._by_path:
            digest = sha1(path.read_bytes(), usedforsecurity=False).hexdigest()
            known = ShopImage.objects.filter(file_hash=digest).order_by("pk").first()
            self._by_path[path] = known or _imported(path)
        return self._by_path[path]


def _imported(path: Path) -> ShopImage:
    with path.open("rb") as file:
        title = path.stem.replace("-", " ").replace("_", " ").capitalize()
        image = ShopImage(title=title, file=File(file, name=path.name))
        image._set_image_file_metadata()  # noqa: SLF001  # as Wagtail's own forms do
        image.save()
    return image
