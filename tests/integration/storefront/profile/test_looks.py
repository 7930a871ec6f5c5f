"""A shop's look, its stylesheet, and telling the hub."""

import pytest
from django.utils import timezone
from factories import goods, staff

from accounts.roles import Role
from notifications.models import Message
from storefront.profile import looks, services
from storefront.profile.forms import ShopProfileForm
from storefront.profile.models import ShopProfile
from tenants import context
from ui import theme

ALDER = {"host": "alder.localhost"}


def theme_url(client, **host):
    page = client.get("/", headers=host or ALDER).content.decode()
    return page.split('href="/theme.css')[1].split('"')[0]


def test_the_stylesheet_has_the_shops_colours(client, shop):
    ShopProfile.objects.update(brand_colour="#123456", type_pair="editorial")

    answer = client.get("/theme.css", headers=ALDER)

    assert answer["Content-Type"] == "text/css"
    assert "--brand:#123456" in answer.content.decode()
    assert "Fraunces" in answer.content.decode()
    assert not answer.cookies


def test_the_address_changes_with_the_look_and_may_be_kept(client, shop):
    before = theme_url(client)
    ShopProfile.objects.update(radius="round")
    after = theme_url(client)

    assert before != after
    kept = client.get(f"/theme.css{after}", headers=ALDER)
    assert "immutable" in kept["Cache-Control"]
    old = client.get(f"/theme.css{before}", headers=ALDER)
    assert "immutable" not in old["Cache-Control"]


def test_what_a_browser_has_is_not_sent_again(client, shop):
    first = client.get("/theme.css", headers=ALDER)

    again = client.get("/theme.css", headers={**ALDER, "if-none-match": first["ETag"]})

    assert again.status_code == 304
    assert again.content == b""


def test_each_shop_has_its_own(client, alder, birch):
    with context.inside(birch):
        ShopProfile.objects.update(brand_colour="#aa0000")

    ours = client.get("/theme.css", headers=ALDER).content
    theirs = client.get("/theme.css", headers={"host": "birch.localhost"}).content

    assert b"#aa0000" not in ours
    assert b"#aa0000" in theirs


def test_the_icon_is_the_shops_initial(client, shop):
    answer = client.get("/favicon.svg", headers=ALDER)

    assert answer["Content-Type"] == "image/svg+xml"
    assert ">A</text>" in answer.content.decode()


def test_a_name_of_signs_cannot_break_the_icon():
    drawing = looks.icon(theme.DEFAULT, name="<script>&")

    assert "<script>" not in drawing


def test_publishing_tells_the_hub_full_addresses(shop, media_root):
    logo = goods.a_picture("Logo")
    ShopProfile.objects.update(city="Galway", logo=logo)

    version = services.publish(now=timezone.now())

    card = Message.objects.get(dedupe_key=f"hub_card:{version}").payload
    assert card["name"] == "Alder Grocers"
    assert card["city"] == "Galway"
    assert card["logo_url"].startswith("http://alder.localhost")
    assert card["picture_url"] == ""
    assert card["next_slot_at"]
    assert card["version"] == version


@pytest.fixture
def owner(shop):
    return staff.signed_in(staff.a_member(Role.OWNER))


SETTINGS = "/admin/settings/profile/shopprofile/{}/"


def a_form(**changes):
    return {
        "tagline": "Since 1986",
        "brand_colour": "#1f6f43",
        "accent_colour": "#e2703a",
        "paper_colour": "#fbf9f4",
        "ink_colour": "#1d2320",
        "type_pair": "humanist",
        "header": "split",
        "radius": "soft",
        **changes,
    }


def test_the_owner_changes_the_look_and_the_hub_hears_of_it(owner, client):
    profile = ShopProfile.objects.get()

    answer = owner.post(
        SETTINGS.format(profile.pk), a_form(brand_colour="#7a1f3d", logo="")
    )

    assert answer.status_code == 302
    assert "#7a1f3d" in client.get("/theme.css", headers=ALDER).content.decode()
    told = Message.objects.filter(kind="hub_card").latest("pk")
    assert told.payload["brand_colour"] == "#7a1f3d"
    assert told.payload["tagline"] == "Since 1986"


def test_hours_saved_while_the_form_was_read_do_not_keep_it_from_the_hub(
    owner, monkeypatch
):
    profile = ShopProfile.objects.get()
    is_valid = ShopProfileForm.is_valid

    def slowly(form):
        """Somebody else tells the hub when the profile has been read."""
        services.publish(now=timezone.now())
        return is_valid(form)

    monkeypatch.setattr(ShopProfileForm, "is_valid", slowly)

    owner.post(SETTINGS.format(profile.pk), a_form(tagline="Since 1987"))

    told = Message.objects.filter(kind="hub_card").latest("pk").payload
    assert told["version"] == ShopProfile.objects.get().version > profile.version
    assert told["tagline"] == "Since 1987"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("brand_colour", "red"),
        ("brand_colour", "#12345g"),
        ("ink_colour", "#fff;}body{display:none"),
        ("type_pair", "comic"),
        ("latitude", "91"),
        ("longitude", "9" * 40),
        ("tagline", "x" * 161),
        ("tagline", "a\x00b"),
        ("logo", "999999"),
    ],
)
def test_a_bad_setting_is_said_and_not_kept(owner, field, value):
    profile = ShopProfile.objects.get()

    answer = owner.post(SETTINGS.format(profile.pk), a_form(**{field: value}))

    assert answer.status_code == 200
    assert ShopProfile.objects.get().version == profile.version


def test_a_picture_that_is_no_number_is_refused(owner):
    profile = ShopProfile.objects.get()

    assert owner.post(SETTINGS.format(profile.pk), a_form(logo="a")).status_code == 400


def test_a_picker_may_not_change_the_look(shop):
    picker = staff.signed_in(staff.a_member(Role.PICKER))

    answer = picker.get(SETTINGS.format(ShopProfile.objects.get().pk))

    assert answer.status_code == 302


@pytest.mark.parametrize("header", ["centered", "split", "banner"])
def test_each_header_is_drawn(client, shop, header):
    ShopProfile.objects.update(header=header)

    assert f'data-shape="{header}"' in client.get("/", headers=ALDER).content.decode()
