"""What the template and each new shop start with, on the selling side."""

from datetime import datetime

from django.contrib.auth.models import Group, Permission
from django.contrib.sites.models import Site as DjangoSite
from django.db.models import Q
from wagtail.models import (
    Collection,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Site,
    Task,
    Workflow,
)

from accounts.models import User
from accounts.roles import Role
from notifications import outbox
from storefront.oscar_apps.catalogue.models import ProductClass
from storefront.oscar_apps.partner.models import Partner
from storefront.pages.models import HomePage
from storefront.profile import services as profile_services
from storefront.profile.models import ShopProfile
from tenants import hosts
from tenants.models import Shop
from tenants.provisioning import Application

#: Apps whose tables a role may read and write in the workspace.
SELLING = ("catalogue", "partner", "order", "pickup")
PERMISSIONS = {
    Role.OWNER: Q(content_type__app_label__in=[*SELLING, "profile"]),
    Role.MANAGER: Q(content_type__app_label__in=[*SELLING, "profile"]),
    Role.PICKER: Q(
        codename__in=[
            "view_order",
            "change_order",
            "view_product",
            "view_stockrecord",
            "change_stockrecord",
        ]
    ),
    Role.EDITOR: Q(codename__in=["view_product", "view_category"]),
}
PAGE_ROLES = (Role.OWNER, Role.MANAGER, Role.EDITOR)
PAGE_PERMISSIONS = ("add_page", "change_page", "publish_page", "unlock_page")
# Wagtail asks for those of its own model, whatever stands in for it.
PICTURE_PERMISSIONS = ("add_image", "change_image", "choose_image")


def seed_template() -> None:
    """Write the rows every shop shares: what roles may do, the kind of goods.

    Run again after each change of migrations: every step may find its work done.
    """
    _remove_wagtails_own()
    for role in Role:
        group, _created = Group.objects.get_or_create(name=role.value)
        group.permissions.set(
            Permission.objects.filter(
                PERMISSIONS[role]
                | Q(content_type__app_label="wagtailadmin", codename="access_admin")
            )
        )
    _let_choose_pictures()
    ProductClass.objects.get_or_create(
        slug="grocery",
        defaults={"name": "Grocery", "requires_shipping": False, "track_stock": True},
    )
    Partner.objects.get_or_create(code="shop", defaults={"name": "The shop"})


def _remove_wagtails_own() -> None:
    """Drop the page, site and groups Wagtail's migrations make for a first look."""
    Site.objects.all().delete()
    for page in Page.objects.filter(depth=2):
        page.delete()
    Workflow.objects.all().delete()  # a moderation nobody is there to do
    Task.objects.all().delete()
    Group.objects.filter(name__in=["Editors", "Moderators"]).delete()
    DjangoSite.objects.all().delete()


def _let_choose_pictures() -> None:
    root = Collection.get_first_root_node()
    permissions = Permission.objects.filter(
        content_type__app_label="wagtailimages", codename__in=PICTURE_PERMISSIONS
    )
    for group in Group.objects.filter(name__in=PAGE_ROLES):
        for permission in permissions:
            GroupCollectionPermission.objects.get_or_create(
                group=group, collection=root, permission=permission
            )


def seed_shop(*, shop: Shop, application: Application, now: datetime) -> None:
    """Write a new shop's own rows: its host, front page, looks and invitation."""
    host = hosts.host_of(shop.subdomain)
    DjangoSite.objects.create(domain=host, name=shop.name[:50])
    home = _seed_home(shop, now=now)
    Site.objects.create(
        hostname=host,
        port=80,
        site_name=shop.name,
        root_page=home,
        is_default_site=True,
    )
    _let_edit_pages(home)
    ShopProfile.objects.create()
    profile_services.publish(now=now)
    owner = User.objects.get(email=shop.owner_email)
    outbox.post(
        kind="invitation_mail",
        dedupe_key=f"invitation:{owner.pk}",
        payload={"user_id": owner.pk},
        now=now,
    )


def _seed_home(shop: Shop, *, now: datetime) -> HomePage:
    home = HomePage(
        title=shop.name,
        slug="home",
        body=[
            (
                "hero",
                {
                    "heading": f"Welcome to {shop.name}",
                    "text": "Choose online, collect in the shop when it suits you.",
                    "picture": None,
                    "link_text": "Start shopping",
                    "link_category": None,
                    "look": "brand",
                },
            ),
            ("hours", {"heading": "Opening hours"}),
        ],
        first_published_at=now,
        last_published_at=now,
    )
    Page.get_first_root_node().add_child(instance=home)
    return home


def _let_edit_pages(home: HomePage) -> None:
    groups = Group.objects.filter(name__in=PAGE_ROLES)
    permissions = Permission.objects.filter(
        content_type__app_label="wagtailcore", codename__in=PAGE_PERMISSIONS
    )
    GroupPagePermission.objects.bulk_create(
        GroupPagePermission(group=group, page_id=home.pk, permission=permission)
        for group in groups
        for permission in permissions
    )
