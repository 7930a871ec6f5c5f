"""Pictures: made when saved, each shop's own."""

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from factories import goods
from PIL import Image
from support import queries
from wagtail.images.forms import get_image_form

from storefront.media import pictures
from storefront.media.models import ShopImage, ShopRendition
from tenants import context


def test_a_saved_picture_is_ready_to_be_shown(shop, media_root):
    image = goods.a_picture()

    fresh = ShopImage.objects.prefetch_related("renditions").get(pk=image.pk)
    with queries.at_most(0):
        picture = pictures.card_picture(fresh)

    assert picture["width"] == 200
    assert "400w" not in picture["srcset"]  # the original has 300
    assert "300w" in picture["srcset"]
    assert picture["src"].endswith(".webp")
    assert picture["alt"] == "Apple"


def test_no_width_is_made_twice_beyond_the_original(shop, media_root):
    image = goods.a_picture()

    assert pictures.specs_of(image) == [
        "width-200|format-webp",
        "width-400|format-webp",
    ]
    assert image.renditions.count() == 2


def test_a_replaced_file_has_new_renditions(shop, media_root):
    image = goods.a_picture()
    before = pictures.card_picture(image)["src"]
    drawing = io.BytesIO()
    Image.new("RGB", (300, 200), "blue").save(drawing, "PNG")
    upload = SimpleUploadedFile("pear.png", drawing.getvalue(), "image/png")
    data = {"title": "Pear", "collection": image.collection_id, "tags": ""}
    form = get_image_form(ShopImage)(data, {"file": upload}, instance=image)

    assert form.is_valid(), form.errors
    form.save()

    fresh = ShopImage.objects.get(pk=image.pk)
    assert fresh.renditions.count() == 2
    assert pictures.card_picture(fresh)["src"] != before


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_half_a_picture_is_refused_in_words(shop, media_root, kind):
    drawing = io.BytesIO()
    Image.effect_noise((200, 200), 50).save(drawing, kind)
    half = drawing.getvalue()[: len(drawing.getvalue()) // 2]
    upload = SimpleUploadedFile(f"half.{kind.lower()}", half)
    form = get_image_form(ShopImage)({"title": "Half", "tags": ""}, {"file": upload})

    assert "damaged" in str(form.errors["file"])


@pytest.fixture
def both(alder, birch, media_root):
    """A red picture in alder, a blue one in birch."""
    for shop, colour in ((alder, "red"), (birch, "blue")):
        with context.inside(shop):
            goods.a_picture("Same", colour)


def test_a_file_is_served_by_its_own_shop_only(client, alder, birch, both):
    with context.inside(alder):
        url = ShopRendition.objects.filter(file__contains="red").first().url

    here = client.get(url, headers={"host": "alder.localhost"})
    there = client.get(url, headers={"host": "birch.localhost"})
    hub = client.get(url, headers={"host": "localhost"})

    assert here.status_code == 200
    assert here["Content-Type"] == "image/webp"
    assert there.status_code == 404
    assert hub.status_code == 404
    b"".join(here.streaming_content)


def test_each_shop_has_a_folder_of_its_own(alder, birch, both, media_root):
    folders = {path.name for path in Path(media_root).iterdir()}

    assert folders == {alder.schema_name, birch.schema_name}


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "..%2f..%2fetc/passwd",
        "images/../../x",
        "images/",
        "%00",
        "\\..\\x",
    ],
)
def test_no_path_leads_out_of_the_folder(client, shop, media_root, path):
    (Path(media_root) / "secret").write_text("secret")

    answer = client.get(f"/media/{path}", headers={"host": "alder.localhost"})

    assert answer.status_code in {400, 404}
