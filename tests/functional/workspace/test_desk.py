"""The workspace: who comes in, what they find."""

import pytest
from factories import goods, pages, staff
from wagtail import hooks

from accounts.models import User
from accounts.roles import Role
from storefront.profile.models import ShopProfile
from storefront.workspace import today
from storefront.workspace.wagtail_hooks import first_steps
from tenants import context

ALDER = {"host": "alder.localhost"}


def menu_of(client):
    """Return the menu's items by name, as Wagtail hands them to its sidebar."""
    import json
    import re

    page = client.get("/admin/").content.decode()
    props = re.search(
        r'<script id="wagtail-sidebar-props" type="application/json">(.*?)</script>',
        page,
        re.DOTALL,
    )
    found = json.dumps(json.loads(props[1]))
    return set(re.findall(r'"name": "([a-z-]+)"', found)), found


def test_a_visitor_is_sent_to_sign_in(client, shop):
    answer = client.get("/admin/", headers=ALDER)

    assert answer.status_code == 302
    assert answer["Location"] == "/account/login/?next=/admin/"


def test_a_customer_is_refused_in_words(shop):
    customer = staff.signed_in(User.objects.create_user("carol@example.com"))

    for path in ("/admin/", "/admin/pages/", "/admin/images/", "/admin/login/"):
        answer = customer.get(path)
        assert answer.status_code == 403
        assert "not open to you" in answer.content.decode()


def test_staff_who_left_are_refused(shop):
    user = staff.a_member(Role.MANAGER)
    client = staff.signed_in(user)
    user.is_active = False
    user.save()

    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize(
    ("role", "shown", "hidden"),
    [
        (Role.OWNER, {"explorer", "images", "settings"}, {"documents", "reports"}),
        (Role.MANAGER, {"explorer", "images", "settings"}, {"help", "snippets"}),
        (Role.EDITOR, {"explorer", "images"}, {"settings", "documents"}),
        (Role.PICKER, set(), {"explorer", "images", "settings", "reports"}),
    ],
)
def test_each_role_sees_its_own_menu(shop, role, shown, hidden):
    names, _found = menu_of(staff.signed_in(staff.a_member(role)))

    assert {"today", "view-shop"} <= names
    assert shown <= names
    assert not hidden & names


def test_the_checklist_goes_when_all_is_done(owner, media_root):
    page = owner.get("/admin/").content.decode()
    assert "Get your shop ready" in page
    assert "Say where you are" in page

    goods.some_goods(goods.a_row("Apples"))
    ShopProfile.objects.update(street="1 Quay", city="Galway", logo=goods.a_picture())
    home = pages.home()
    home.save_revision().publish()

    ours = {str(step.title) for step in first_steps(_request(owner)) if step.is_done}
    left = [step for step in today.steps(_request(owner)) if not step.is_done]
    page = owner.get("/admin/").content.decode()
    assert len(ours) == 4
    assert ("Get your shop ready" in page) is bool(left)


def _request(client):
    from django.test import RequestFactory

    request = RequestFactory(headers=ALDER).get("/admin/")
    request.user = User.objects.get(pk=client.session["_auth_user_id"])
    return request


def test_others_fill_the_first_screen(owner):
    def late(request):
        yield today.Stat(value=3, label="orders are late", tone="bad", url="/admin/x/")

    with hooks.register_temporarily(today.STATS, late):
        page = owner.get("/admin/").content.decode()

    assert "orders are late" in page
    assert 'href="/admin/x/"' in page


def test_it_carries_the_shops_name_and_hello(owner):
    page = owner.get("/admin/").content.decode()

    assert "Alder Grocers" in page
    assert "Wagtail" not in page.split("<title>")[1].split("</title>")[0]


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/pages/",
        "/admin/images/",
        "/admin/images/add/",
        "/admin/account/",
        "/admin/settings/",
        "/admin/pages/add/pages/standardpage/{home}/",
        "/admin/pages/{home}/",
        "/admin/pages/{home}/history/",
        "/admin/pages/{home}/delete/",
        "/admin/choose-page/",
        "/admin/images/chooser/",
        "/admin/no-such-thing/",
        "/admin/pages/99999999999999999999/edit/",
        "/admin/images/0/",
    ],
)
def test_no_screen_breaks(owner, path):
    answer = owner.get(path.format(home=pages.home().pk))

    assert answer.status_code in {200, 302, 404}


def test_shops_staff_are_strangers_in_another_shop(owner, cedar):
    with context.inside(cedar):
        assert not User.objects.filter(email="new-owner@alder.example").exists()

    assert owner.get("/admin/", headers={"host": "cedar.localhost"}).status_code == 302


def test_somebody_without_numbers_is_led_to_the_pages(editor, monkeypatch):
    for found in ("stats", "panels"):
        monkeypatch.setattr(today, found, lambda request: [])

    assert "Go to the pages" in editor.get("/admin/").content.decode()
