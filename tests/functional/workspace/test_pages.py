"""An editor writes, previews, keeps, publishes and schedules pages."""

import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from factories import goods, pages, staff
from PIL import Image
from wagtail.models import Revision

from accounts.models import User
from accounts.roles import Role
from storefront.media.models import ShopImage
from storefront.oscar_apps.catalogue.models import Category
from storefront.pages import tasks
from storefront.pages.models import StandardPage
from tenants import context

ADD = "/admin/pages/add/pages/standardpage/{}/"
EDIT = "/admin/pages/{}/edit/"
ALDER = {"host": "alder.localhost"}


def test_a_draft_is_not_seen_and_a_published_page_is(editor, client):
    home = pages.home()
    words = ("text", "<p>Six farms around the bay.</p>")

    editor.post(ADD.format(home.pk), pages.a_form("Our farms", words))
    page = StandardPage.objects.get()
    assert client.get("/our-farms/", headers=ALDER).status_code == 404

    answer = editor.post(
        EDIT.format(page.pk),
        pages.a_form("Our farms", words, **{"action-publish": "1"}),
    )

    assert answer.status_code == 302
    shown = client.get("/our-farms/", headers=ALDER)
    assert "Six farms around the bay." in shown.content.decode()


def test_an_edit_kept_as_draft_leaves_the_page_as_it_is(editor, client):
    page = pages.a_page(("text", "<p>Before</p>"))

    editor.post(
        EDIT.format(page.pk), pages.a_form("About us", ("text", "<p>After</p>"))
    )

    assert "Before" in client.get("/about-us/", headers=ALDER).content.decode()
    assert "After" not in client.get("/about-us/", headers=ALDER).content.decode()


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (pages.a_hero(heading=""), "This field is required"),
        (pages.a_shelf(999_999), "not one of the available choices"),
        (pages.a_category_shelf(0), "not one of the available choices"),
        (pages.a_category_shelf(1, limit=99_999_999_999), "less than or equal to 24"),
    ],
)
def test_what_a_block_cannot_be_is_said_beside_it(editor, block, words):
    page = pages.a_page()

    answer = editor.post(
        EDIT.format(page.pk),
        pages.a_form("About us", block, **{"action-publish": "1"}),
    )

    assert answer.status_code == 200
    assert words in answer.content.decode()


def test_shelves_are_edited_and_shown(editor, client):
    apples, pears = goods.some_goods(goods.a_row("Apples"), goods.a_row("Pears"))
    fruit = Category.objects.get(name="Fruit")
    home = pages.home()
    blocks = [pages.a_shelf(pears.pk, apples.pk), pages.a_category_shelf(fruit.pk)]

    answer = editor.post(
        EDIT.format(home.pk),
        pages.a_form("Welcome", *blocks, slug="home", **{"action-publish": "1"}),
    )

    assert answer.status_code == 302
    home.refresh_from_db()
    assert list(home.body[0].value["products"]) == [pears.pk, apples.pk]
    form = editor.get(EDIT.format(home.pk))
    assert form.status_code == 200
    page = client.get("/", headers=ALDER).content.decode()
    assert page.index("Pears") < page.index("Apples")


@pytest.fixture
def cedar_editor(cedar):
    with context.inside(cedar):
        return staff.signed_in(staff.a_member(Role.EDITOR))


def test_a_picture_is_put_into_a_text(cedar, cedar_editor, media_root):
    with context.inside(cedar):
        picture = goods.a_picture("Orchard")
    url = f"/admin/images/chooser/{picture.pk}/select_format/"
    given = {"format": "fullwidth", "alt_text": "Our orchard in May"}

    answer = cedar_editor.post(
        url, {f"image-chooser-insertion-{name}": given[name] for name in given}
    )

    assert answer.status_code == 200
    chosen = answer.json()["result"]
    assert chosen["format"] == "fullwidth"
    assert 'alt="Our orchard in May"' in chosen["html"]
    assert cedar_editor.get(chosen["preview"]["url"]).status_code == 200


def test_a_preview_shows_this_shops_goods_and_pictures(
    cedar, alder, birch, cedar_editor, media_root
):
    for other in (alder, birch):
        with context.inside(other):
            goods.some_goods(goods.a_row("Foreign beans"))
            goods.a_picture("Foreign picture")
    with context.inside(cedar):
        [apples] = goods.some_goods(goods.a_row("Apples"))
        hero, inline = goods.a_picture("Hero"), goods.a_picture("Inline", "blue")
        fruit = Category.objects.get(name="Fruit")
        page = pages.a_page()
        embed = f'<embed alt="Inline" embedtype="image" format="fullwidth" id="{inline.pk}"/>'
        form = pages.a_form(
            "About us",
            pages.a_hero("Not yet public", picture=hero.pk),
            pages.a_shelf(apples.pk),
            pages.a_category_shelf(fruit.pk),
        )
        # As the editor keeps it: rich_text() would need the picture's own markup.
        StandardPage.objects.filter(pk=page.pk).update(
            body=[("text", f"<p>{embed}</p>")]
        )
    url = f"{EDIT.format(page.pk)}preview/"

    kept = cedar_editor.post(url, form)
    shown = cedar_editor.get(url)

    assert kept.json() == {"is_valid": True, "is_available": True}
    text = shown.content.decode()
    assert shown.status_code == 200
    assert "Not yet public" in text
    assert text.count("Apples") >= 2
    assert "red" in text
    assert "/media/images/" in text
    assert "Foreign" not in text
    assert "Cedar Grocers" in text
    # The rest of the editor's request still ran for this shop.
    live = cedar_editor.get("/about-us/").content.decode()
    assert 'alt="Inline"' in live
    assert "blue" in live
    assert cedar_editor.get("/admin/").status_code == 200


def test_the_shop_stays_in_force_after_a_preview(editor, shop):
    page = pages.a_page()
    url = f"{EDIT.format(page.pk)}preview/"
    editor.post(url, pages.a_form("About us", ("text", "<p>Now</p>")))

    editor.get(url)

    assert connection.schema_name == shop.schema_name


def test_nobody_previews_for_another_shop(editor, birch):
    with context.inside(birch):
        pages.a_page(title="Theirs", pk=777)
    pages.a_page(title="Ours", pk=777)

    shown = editor.get("/admin/pages/777/edit/").content.decode()

    assert "Ours" in shown
    assert "Theirs" not in shown


def test_a_session_of_one_shop_opens_nothing_in_another(editor, birch):
    answer = editor.get("/admin/", headers={"host": "birch.localhost"})

    assert answer.status_code == 302
    assert "/account/login/" in answer["Location"]


def test_a_page_goes_live_at_its_hour(editor, client, shop):
    page = pages.a_page(live=False)
    in_an_hour = timezone.localtime(timezone.now(), shop.zone) + timedelta(hours=1)

    editor.post(
        EDIT.format(page.pk),
        pages.a_form(
            "About us",
            ("text", "<p>Christmas hours</p>"),
            go_live_at=in_an_hour.strftime("%Y-%m-%d %H:%M"),
            **{"action-publish": "1"},
        ),
    )
    scheduled = Revision.objects.get(approved_go_live_at__isnull=False)
    # What was typed is the shop's time.
    assert abs(scheduled.approved_go_live_at - in_an_hour) < timedelta(minutes=1)
    tasks.call_command("publish_scheduled", verbosity=0)
    assert client.get("/about-us/", headers=ALDER).status_code == 404

    with time_machine.travel(in_an_hour + timedelta(minutes=1)):
        tasks.call_command("publish_scheduled", verbosity=0)

    assert "Christmas hours" in client.get("/about-us/", headers=ALDER).content.decode()


def test_a_page_goes_at_its_hour(client, shop):
    pages.a_page(expire_at=timezone.now() + timedelta(hours=1))

    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        tasks.call_command("publish_scheduled", verbosity=0)

    assert client.get("/about-us/", headers=ALDER).status_code == 404


def test_only_shops_with_something_due_are_visited(alder, cedar, monkeypatch):
    sent = []
    monkeypatch.setattr(
        tasks.guard, "send_for", lambda schema, task: sent.append((schema, task.name))
    )
    with context.inside(cedar):
        pages.a_page(expire_at=timezone.now() - timedelta(hours=1))

    assert tasks.publish_everywhere.run() == 1

    assert sent == [(cedar.schema_name, tasks.publish_due.name)]


def test_times_in_the_workspace_are_the_shops(editor, shop):
    shop.time_zone = "Pacific/Auckland"
    with context.in_public():
        shop.save()
    page = pages.a_page()
    page.go_live_at = datetime(2030, 6, 1, 12, tzinfo=UTC)
    page.save_revision()

    form = editor.get(EDIT.format(page.pk)).content.decode()

    assert "2030-06-02 00:00" in form


def test_a_picture_is_uploaded_and_made_ready(owner, media_root):
    content = io.BytesIO()
    Image.new("RGB", (900, 600), "green").save(content, "JPEG")
    upload = SimpleUploadedFile("heap.jpg", content.getvalue(), "image/jpeg")

    answer = owner.post(
        "/admin/images/add/", {"title": "Heap", "file": upload, "collection": ""}
    )

    assert answer.status_code in {200, 302}
    image = ShopImage.objects.get()
    widths = sorted(image.renditions.values_list("width", flat=True))
    assert widths[:3] == [200, 400, 800]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("not.jpg", b"This is no picture."),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        ("a.php", b"<?php"),
        ("empty.png", b""),
    ],
)
def test_what_is_no_picture_is_refused_in_words(owner, media_root, name, content):
    upload = SimpleUploadedFile(name, content, "image/jpeg")

    answer = owner.post("/admin/images/add/", {"title": "X", "file": upload})

    assert answer.status_code == 200
    assert not ShopImage.objects.exists()


def test_the_product_chooser_shows_price_and_stock(editor, birch):
    goods.some_goods(goods.a_row("Apples"), goods.a_row("Pears", stock=0))
    with context.inside(birch):
        goods.some_goods(goods.a_row("Foreign beans"))

    chooser = editor.get("/admin/product_chooser/").json()["html"]
    found = editor.get("/admin/product_chooser/results/?q=pear").content.decode()

    assert "€2.50" in chooser
    assert "Sold out" in chooser
    assert "Apples" in chooser
    assert "Foreign" not in chooser
    assert "Pears" in found
    assert "Apples" not in found


def test_every_block_shows_itself_in_the_picker(editor):
    goods.some_goods(goods.a_row("Apples"))
    family = StandardPage.body.field.stream_block.child_blocks.values()
    shown = [block for block in family if block.is_previewable]

    assert len(shown) == 6
    for block in shown:
        answer = editor.get(f"/admin/block-preview/?id={block.definition_prefix}")
        assert answer.status_code == 200
        assert "/theme.css" in answer.content.decode()


def test_categories_offered_are_this_shops(editor, cedar, cedar_editor):
    goods.some_goods(goods.a_row("Apples", category=("Ours",)))
    with context.inside(cedar):
        goods.some_goods(goods.a_row("Pears", category=("Theirs",)))
        their_home = pages.home().pk

    ours = editor.get(EDIT.format(pages.home().pk)).content.decode()
    theirs = cedar_editor.get(EDIT.format(their_home)).content.decode()

    assert "Ours" in ours
    assert "Theirs" not in ours
    assert "Theirs" in theirs
    assert "Ours" not in theirs


def test_a_user_without_the_right_cannot_publish(shop):
    picker = staff.signed_in(staff.a_member(Role.PICKER))

    answer = picker.get(EDIT.format(pages.home().pk))

    assert answer.status_code == 302
    assert User.objects.count() == 2


def test_a_page_is_copied_only_to_where_one_is(editor):
    page = pages.a_page()
    there = {"new_title": "Twin", "new_slug": "twin", "new_parent_page": "-1"}

    answer = editor.post(f"/admin/pages/{page.pk}/copy/", there)

    assert answer.status_code == 400
    assert StandardPage.objects.get() == page


def test_a_draft_that_was_never_kept_cannot_be_gone_back_to(editor):
    page = pages.home()
    page.save_revision()

    assert editor.get(f"/admin/pages/{page.pk}/revisions/0/revert/").status_code == 400


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("choose-external-link/", {}),
        ("pages/1/set_position/", {}),  # the root's, which has no parent
        ("redirects/import/process/", {}),
        ("redirects/import/process/", {"import_file_name": "x", "input_format": "0"}),
    ],
)
def test_what_only_a_screen_s_own_page_sends_may_be_missing(shop, path, sent):
    support = staff.signed_in(User.objects.create_superuser("support@example.com"))

    assert support.post(f"/admin/{path}", sent).status_code == 400
