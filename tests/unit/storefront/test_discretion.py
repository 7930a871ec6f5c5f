"""Pictures tell what they show, and nothing of who took them, where and when."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageChops, ImageStat, PngImagePlugin
from PIL.ExifTags import Base

from storefront.media.discretion import discreet

SECRET = "53.2707N 9.0568W, by Aoife"
XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{SECRET}</x:xmpmeta>".encode()


def a_photograph(kind, **options):
    picture = Image.linear_gradient("L").convert("RGB")
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return SimpleUploadedFile(f"shop.{kind.lower()}", written.getvalue(), "image/x")


def exif(turned=1):
    told = Image.Exif()
    told[Base.ImageDescription], told[Base.Orientation] = SECRET, turned
    return told.tobytes()


def png_texts():
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", SECRET)
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return texts


TELLING = {
    "JPEG": {"exif": exif(turned=6), "xmp": XMP, "comment": SECRET, "quality": 80},
    "PNG": {"exif": exif(turned=6), "pnginfo": png_texts()},
    "WEBP": {"exif": exif(turned=6), "xmp": XMP, "quality": 80},
    "AVIF": {"exif": exif(turned=6), "xmp": XMP, "quality": 80},
    "GIF": {"comment": SECRET},
}


@pytest.mark.parametrize("kind", TELLING)
def test_what_a_camera_wrote_is_gone_and_the_picture_is_not(kind):
    upload = a_photograph(kind, **TELLING[kind])
    assert SECRET.encode() in upload.read(), "the test wrote no secret"

    kept = discreet(upload)

    assert SECRET.encode() not in kept.read()
    assert (kept.name, kept.content_type) == (upload.name, upload.content_type)
    before, after = Image.open(upload), Image.open(kept)
    assert after.format == kind
    assert after.size == before.size
    tags = ("exif", "xmp", "comment")
    assert not {tag for tag in tags if SECRET in str(after.info.get(tag))}
    assert after.getexif().get(Base.Orientation) == before.getexif().get(
        Base.Orientation
    )
    difference = ImageChops.difference(before.convert("RGB"), after.convert("RGB"))
    assert max(ImageStat.Stat(difference).mean) < 1


@pytest.mark.parametrize("kind", TELLING)
def test_a_picture_that_tells_nothing_stays_as_it_is(kind):
    upload = a_photograph(kind)

    assert discreet(upload) is upload


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_cannot_be_read_is_taken_out_too(kind):
    upload = a_photograph(kind, exif=b"Exif\0\0II*\0")

    kept = discreet(upload)

    assert not Image.open(kept).getexif()
    assert Image.open(kept).size == Image.open(upload).size


def test_only_which_way_is_up_is_nothing_to_tell():
    told = Image.Exif()
    told[Base.Orientation] = 6
    upload = a_photograph("JPEG", exif=told.tobytes())

    assert discreet(upload) is upload


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_what_moves_goes_on_moving(kind):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    durations = [100, 200, 300]
    told = {"comment": SECRET} if kind == "GIF" else {"exif": exif(), "lossless": True}
    written = io.BytesIO()
    frames[0].save(
        written,
        kind,
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        **told,
    )
    kept = discreet(SimpleUploadedFile(f"a.{kind.lower()}", written.getvalue()))

    after = Image.open(kept)
    found = []
    for number in range(after.n_frames):
        after.seek(number)
        after.load()
        found.append(after.info["duration"])
    assert found == durations


def test_colours_of_a_profile_are_kept():
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    upload = a_photograph("JPEG", exif=exif(), icc_profile=profile)

    assert Image.open(discreet(upload)).info["icc_profile"] == profile
