"""Pictures without what a camera or a program wrote into them: where, when, by whom."""

import io
import struct
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from PIL import Image, ImageSequence
from PIL.ExifTags import Base

#: What a file may tell beside its picture, by Pillow's names.
TELLING = {"comment", "photoshop", "xmp", "XML:com.adobe.xmp"}
#: What belongs to the picture: its colours, and how it moves.
KEPT = {"icc_profile", "transparency", "background", "duration", "loop", "gamma"}
#: Close to what was there, where a format cannot be written again as it was.
QUALITY = 95


def discreet(file: "UploadedFile[Any]") -> "UploadedFile[Any]":
    """Return the same picture without metadata, but for the way up it is to be shown.

    A file that tells nothing is returned as it is. Pixels of PNG and GIF stay what
    they are, and those of a JPEG nearly so (the same quantization); WebP and AVIF
    are encoded once more.

    Raises:
        OSError: the picture is damaged.
    """
    file.seek(0)
    with Image.open(file) as picture:
        if not _tells(picture):
            file.seek(0)
            return file
        written = _written(picture)
    return SimpleUploadedFile(file.name or "", written, file.content_type or "")


def _tells(picture: Image.Image) -> bool:
    picture.load()  # what stands behind the pixels, too
    texts = getattr(picture, "text", {})
    tags = _tags(picture)
    is_more = tags is None or set(tags) - {Base.Orientation}
    return bool(is_more or texts or TELLING & picture.info.keys())


def _tags(picture: Image.Image) -> Image.Exif | None:
    """Return what the camera wrote; nothing where that cannot be read."""
    try:
        return picture.getexif()
    except (struct.error, ValueError, SyntaxError):
        return None


def _written(picture: Image.Image) -> bytes:
    """Return the file of a picture, written again from nothing but what is kept."""
    format_ = "JPEG" if picture.format == "MPO" else str(picture.format)
    tags = _tags(picture)
    turned = tags.get(Base.Orientation, 1) if tags else 1
    exif = Image.Exif()
    exif[Base.Orientation] = turned
    options: dict[str, object] = {"exif": exif.tobytes()} if turned != 1 else {}
    if getattr(picture, "is_animated", False) and format_ != "JPEG":
        options |= _moving(picture)
    if picture.format == "JPEG":
        options["quality"] = "keep"
    elif format_ in {"JPEG", "WEBP", "AVIF"}:
        options["quality"] = QUALITY
    picture.info = {key: picture.info[key] for key in KEPT & picture.info.keys()}
    if profile := picture.info.get("icc_profile"):
        options["icc_profile"] = profile
    written = io.BytesIO()
    picture.save(written, format_, **options)
    return written.getvalue()


def _moving(picture: Image.Image) -> dict[str, object]:
    """Return how an animation is saved: all of it, each frame as long as it was shown."""
    durations = []
    for frame in ImageSequence.Iterator(picture):
        frame.load()  # WebP knows it only then
        durations.append(frame.info.get("duration", 0))
    picture.seek(0)
    return {"save_all": True, "duration": durations}
