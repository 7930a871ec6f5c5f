"""What a new shop's pages, site and roles look like."""

import pytest
from django.contrib.auth.models import Group
from django.contrib.sites.models import Site as DjangoSite
from wagtail.models import Page, Site

from accounts.models import User
from notifications.models import Message
from storefront.pages.models import HomePage
from storefront.profile.models import ShopProfile
from tenants import context

SHOPS = ["alder", "birch", "cedar"]


@pytest.mark.parametrize("name", SHOPS)
def test_a_shop_has_its_host_and_front_page(name, request):
    shop = request.getfixturevalue(name)

    with context.inside(shop):
        site = Site.objects.get()
        django_site = DjangoSite.objects.get()
        home = HomePage.objects.get()
        profile = ShopProfile.objects.get()

    assert site.hostname == django_site.domain == f"{name}.localhost"
    assert site.is_default_site
    assert site.root_page_id == home.pk
    assert home.title == shop.name
    assert home.url_path == "/home/"
    assert home.live
    assert profile.version == 2


def test_the_tree_of_pages_is_whole(shop):
    assert [page.url_path for page in Page.objects.order_by("path")] == ["/", "/home/"]
    assert Page.find_problems() == ([], [], [], [], [])


def test_the_owner_is_invited_and_the_hub_told(shop):
    kinds = dict(Message.objects.values_list("kind", "payload"))

    assert kinds["invitation_mail"] == {"user_id": User.objects.get().pk}
    assert kinds["hub_card"]["name"] == "Alder Grocers"
    assert kinds["hub_card"]["hours"]


@pytest.mark.parametrize(
    ("role", "can", "cannot"),
    [
        ("owner", "profile.change_shopprofile", "accounts.delete_user"),
        ("manager", "catalogue.change_product", "accounts.delete_user"),
        ("picker", "order.change_order", "catalogue.change_product"),
        ("editor", "catalogue.view_product", "order.view_order"),
    ],
)
def test_roles_have_what_they_work_with(shop, role, can, cannot):
    user = User.objects.create_user("one@example.com")
    user.groups.add(Group.objects.get(name=role))

    assert user.has_perm("wagtailadmin.access_admin")
    assert user.has_perm(can)
    assert not user.has_perm(cannot)


@pytest.mark.parametrize(
    ("role", "may_edit"), [("owner", True), ("editor", True), ("picker", False)]
)
def test_roles_that_write_may_edit_pages(shop, role, may_edit):
    user = User.objects.create_user("one@example.com")
    user.groups.add(Group.objects.get(name=role))

    rights = HomePage.objects.get().permissions_for_user(user)

    assert rights.can_edit() is may_edit
    assert rights.can_publish() is may_edit
