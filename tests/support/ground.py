"""Shops in which everything has happened, the same in each of them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client, override_settings
from factories import goods, pages, selling
from support import canaries, database, traces
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents.models import Document

from accounts import invitations
from accounts.models import User
from accounts.roles import Role
from kernel import clock
from pickup.models import Closure
from storefront.commerce import life, orders
from storefront.commerce.life import Actor
from storefront.oscar_apps.catalogue.models import Category
from storefront.oscar_apps.order.models import Order, OrderStatus
from storefront.profile.models import ShopProfile
from tenants import context
from tenants.models import Shop

PASSWORD = "kelp-and-barley-19"
#: What whoever opens somebody else's link would choose.
STOLEN = "stolen-kelp-77"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass
class Filled:
    """A shop, and what a visitor could know of it."""

    shop: Shop
    #: By role: customer, picker, editor, manager, owner, and admin (support).
    people: dict[str, User]
    references: list[str] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    marked: set[str] = field(default_factory=set)

    @property
    def customer(self) -> User:
        return self.people["customer"]

    @property
    def owner(self) -> User:
        return self.people["owner"]

    @property
    def host(self) -> dict[str, str]:
        return {"host": f"{self.shop.subdomain}.localhost"}

    @property
    def mark(self) -> str:
        return canaries.mark_of(self.shop.subdomain)

    @property
    def betraying(self) -> set[str]:
        """Words that no other shop's answer may hold."""
        return {self.mark, self.shop.subdomain, self.shop.schema_name}

    def browser(self, user: User | None = None) -> Client:
        """Return a browser that visits this shop, signed in or not."""
        client = Client(headers=self.host, raise_request_exception=False)
        if user is not None:
            with context.inside(self.shop):
                client.force_login(user, backend=BACKEND)
        return client


def fill(shop: Shop) -> Filled:
    """Let everything happen in a shop, then mark every text of it.

    Done in the same order everywhere, so that shops born alike stay alike.
    """
    now = clock.now()
    with context.inside(shop):
        filled = Filled(shop, _people(shop))
        products = _shelves(filled)
        _pages(filled, products)
        _orders(filled, products, now=now)
        _settings(filled)
        traces.leave(filled, products, now=now)
        filled.marked = canaries.mark_everything(shop)
        for person in filled.people.values():
            person.refresh_from_db()
        # Signed for the owner as they are now, mark and all.
        invitation = invitations.url_for(filled.owner, shop)
        filled.paths["invitation"] = urlsplit(invitation).path
    return filled


def _people(shop: Shop) -> dict[str, User]:
    def add(name: str, *, role: Role | None = None) -> User:
        user = User.objects.create_user(
            f"{name}@{shop.subdomain}.example",
            PASSWORD,
            first_name=name.title(),
            last_name="Person",
            phone="+353 1 555 0100",
            is_staff=role is not None,
        )
        if role is not None:
            user.groups.add(Group.objects.get(name=role))
        return user

    people = {"customer": add("customer"), "owner": add("keeper", role=Role.OWNER)}
    people |= {
        str(role): add(str(role), role=role)
        for role in (Role.PICKER, Role.EDITOR, Role.MANAGER)
    }
    people["admin"] = add("support")
    people["admin"].is_staff = people["admin"].is_superuser = True
    people["admin"].save()
    return people


def _shelves(filled: Filled) -> list[Any]:
    products = goods.some_goods(
        *(
            goods.a_row(
                name,
                sku=f"SKU-{name}",
                brand=f"Brand {filled.mark}",
                description=f"{name} of {filled.mark}",
                ingredients=f"Flour {filled.mark}",
                category=("Bakery", kind),
                origin="Galway",
                storage="Cool and dry",
            )
            for name, kind in (("Bread", "Loaves"), ("Roll", "Rolls"), ("Bun", "Rolls"))
        )
    )
    picture = goods.a_picture(title=f"Picture {filled.mark}")
    rendition = picture.get_rendition("max-165x165")
    document = Document(title=f"Leaflet {filled.mark}")
    document.file.save("leaflet.txt", ContentFile(filled.mark.encode()))
    category = Category.objects.get(name="Rolls")
    filled.keys |= {"product": products[0].pk, "category": category.pk}
    filled.keys |= {"image": picture.pk, "document": document.pk}
    filled.paths |= {
        "product": goods.card_of(products[0]).url,
        "category": f"/shop/category/bakery/rolls_{category.pk}/",
        "picture": picture.file.url,
        "rendition": rendition.url,
        "document": document.url,
        "file": default_storage.url(
            default_storage.save(
                f"only-in-{filled.shop.subdomain}.txt",
                ContentFile(filled.mark.encode()),
            )
        ),
    }
    return products


def _pages(filled: Filled, products: list[Any]) -> None:
    pages.show_at_home(
        pages.a_hero(f"Welcome {filled.mark}", picture=filled.keys["image"]),
        pages.a_shelf(products[0].pk),
    )
    home = pages.home()
    home.save_revision(user=filled.owner).publish()
    picture = filled.keys["image"]
    hero = pages.a_hero(f"About {filled.mark}", picture=picture)
    about = pages.a_page(hero, title="About us")
    draft = pages.a_page(pages.a_hero(f"Draft {filled.mark}"), title="A draft")
    draft.save_revision(user=filled.owner)
    draft.unpublish()
    old = Redirect.objects.create(old_path="/old", redirect_link="/about-us/")
    filled.keys["redirect"] = old.pk
    filled.keys |= {"home": home.pk, "page": about.pk, "draft": draft.pk}


def _orders(filled: Filled, products: list[Any], *, now: datetime) -> None:
    def place(**changes: Any) -> Order:
        contact = orders.Contact(
            name=f"Ana {filled.mark}", email="ana@example.com", phone="+353 1 555 0101"
        )
        wish = {"contact": contact, "note": f"Ring {filled.mark}", "now": now}
        return selling.an_order((products[0], 1), **wish, **changes)

    actor = Actor(user=filled.owner, name=f"Keeper {filled.mark}")
    mine = selling.a_basket((products[1], 1), owner=filled.customer)
    guest = place()
    ready = selling.orders.place(
        **selling.a_wish(mine, user=filled.customer, now=now, note=filled.mark)
    )
    for step in (OrderStatus.ACCEPTED, OrderStatus.PICKING, OrderStatus.READY):
        now += timedelta(seconds=1)
        life.advance(order_id=ready.pk, to=step, actor=actor, now=now, note=filled.mark)
    gone = place()
    life.cancel(order_id=gone.pk, actor=actor, now=now, reason=filled.mark)
    filled.references = [each.public_reference for each in (guest, ready, gone)]
    filled.keys |= {"order": guest.pk, "own_order": ready.pk}
    filled.keys["basket"] = selling.a_basket((products[2], 2)).pk
    selling.a_basket((products[2], 1), owner=filled.customer)


def _settings(filled: Filled) -> None:
    profile = ShopProfile.load()
    profile.tagline, profile.street = f"Good bread {filled.mark}", "Main Street 1"
    profile.city, profile.phone = "Galway", "+353 91 555 010"
    profile.email = f"hello@{filled.shop.subdomain}.example"
    profile.save()
    day = clock.now().date() + timedelta(days=40)
    closure = Closure.objects.create(
        starts_on=day, ends_on=day, reason=f"Holiday {filled.mark}"
    )
    filled.keys |= {"closure": closure.pk, "profile": profile.pk}
    filled.keys["customer"] = filled.customer.pk


@contextmanager
def network(*, label: str, media: Path) -> Iterator[dict[str, Filled]]:
    """Fill the test shops in a database of their own; yield them by subdomain."""
    copy = database.copy_of(database.ensure_template(), label=label)
    with copy, override_settings(MEDIA_ROOT=str(media)):
        _forget_media_root()
        try:
            with context.in_public():
                shops = [*Shop.objects.order_by("pk")]
            yield {shop.subdomain: fill(shop) for shop in shops}
        finally:
            _forget_media_root()


def _forget_media_root() -> None:
    # django-tenants' storage keeps the folder it was first asked for.
    default_storage.__dict__.pop("relative_media_root", None)


def a_password(page: Any) -> dict[str, str]:
    """Return the form of a page that asks for a new password, filled in."""
    names = re.findall(r'name="((?:old)?password\d?)"', page.text)
    return dict.fromkeys(names or ["password1", "password2"], STOLEN)
