"""What stands around every page of a shop: its look, header, aisles and footer.

Nothing in it depends on who is looking or at what, so a process makes it once for
each edition of the shop's pages, and again when the hours say something else. One
query gives all that comes from the shop's own tables: the profile with its logo, the
two upper levels of categories and the pages of the footer.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property, wraps
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.core.files.storage import default_storage
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from wagtail.models import Page

from kernel import clock
from storefront import fulfilment
from storefront.media.models import ShopRendition
from storefront.media.pictures import CARD_WIDTHS
from storefront.oscar_apps.catalogue.models import Category
from storefront.profile import looks
from storefront.profile.models import ShopProfile
from tenants import context, hosts
from tenants.editions import marks
from tenants.editions.parts import LatestParts
from tenants.models import Shop
from ui import theme

Context = dict[str, Any]
View = Callable[..., HttpResponse]

Part = TypeVar("Part")

OK = 200
AISLE_DEPTH = 2
#: A page below the root of Wagtail's tree and the shop's front page.
MENU_DEPTH = 3


@dataclass(frozen=True, slots=True)
class CategoryLink:
    """A category's name and address."""

    title: str
    url: str


#: Frames of so many shops, some 20 KB each, are kept in a process.
_frames: "LatestParts[Frame]" = LatestParts(most=1_000)
#: And so many parts of their pages, most of a few KB, headers of some 15.
_parts: LatestParts[Any] = LatestParts(most=5_000)


def of(request: HttpRequest) -> "Frame":
    """Return the frame of a request's page, the same each time."""
    frame: Frame | None = getattr(request, "shop_frame", None)
    if frame is None:
        shop, now = context.current_shop(), clock.now()
        edition = marks.edition_of(request)
        frame = _frames.get(
            shop.schema_name,
            edition=edition,
            now=now,
            make=lambda: Frame(shop, now=now, edition=edition),
            until=lambda made: made.opening.stands_until,
        )
        request.shop_frame = frame  # type: ignore[attr-defined]  # ours, named so
    return frame


def for_everybody(view: View) -> View:
    """Mark the pages of a door as the same for everybody, while the frame stands."""

    @wraps(view)
    def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == OK and marks.end_of(response) is None:
            until = of(request).opening.stands_until
            marks.for_everybody(response, until=until)
        return response

    return marked


def for_the_moment(response: HttpResponse) -> None:
    """Mark a page as the same for everybody, and as over already."""
    marks.for_everybody(response, until=clock.now())


@dataclass
class Frame:
    """The frame of a shop's pages; asks the database when first read."""

    shop: Shop
    now: datetime
    edition: str = ""

    def once(
        self, kind: str, key: Hashable, make: Callable[[], Part | None]
    ) -> Part | None:
        """Return what stands in the shop under a key, made once while the frame stands.

        What is not there is looked for again: people ask for anything.
        """
        part: Part | None = self.known(kind, key)
        if part is None:
            part = make()
            if part is not None:
                self.keep(kind, key, part)
        return part

    def known(self, kind: str, key: Hashable) -> Any:
        """Return what was made before; None if nothing was."""
        name = self.shop.schema_name, kind, key
        return _parts.find(name, edition=self.edition, now=self.now)

    def keep(self, kind: str, key: Hashable, part: object) -> None:
        """Keep what was made after the frame, of nothing but the shop's pages."""
        name, until = (self.shop.schema_name, kind, key), self.opening.stands_until
        _parts.keep(name, part, edition=self.edition, until=until)

    @cached_property
    def profile(self) -> Any:
        """The profile's row, with `logos`, `categories` and `menu` beside it."""
        found = _profiles().first()
        if found is None:
            ShopProfile.load()
            found = _profiles().get()
        return found

    @cached_property
    def look(self) -> theme.Theme:
        return looks.theme_of(self.profile)

    @cached_property
    def theme_url(self) -> str:
        return f"{reverse('profile:theme')}?v={theme.version(self.look)}"

    @cached_property
    def icon_url(self) -> str:
        return f"{reverse('profile:icon')}?v={theme.version(self.look)}"

    @cached_property
    def type_pair(self) -> str:
        return self.look.type_pair

    @cached_property
    def theme_color(self) -> str:
        return theme.palette(self.look)["paper"]

    @cached_property
    def theme_color_dark(self) -> str:
        return theme.palette(self.look, dark=True)["paper"]

    @cached_property
    def opening(self) -> fulfilment.Opening:
        return fulfilment.provider().opening(now=self.now)

    @cached_property
    def header(self) -> Context:
        return {
            "name": self.shop.name,
            "url": "/",
            "logo": self._logo(),
            "tagline": self.profile.tagline,
            "shape": self.profile.header,
            "search_url": _address("catalogue:search"),
            "search_placeholder": _("Search the shop"),
            "account_url": _address("account_index", fallback="account_login"),
            "basket_url": _address("basket:summary"),
            "status": self._status(),
        }

    @cached_property
    def aisles(self) -> list[Context]:
        """The upper categories, each with those directly below it."""
        tops: dict[str, Context] = {}
        for row in self.profile.categories:
            parent = tops.get(row["path"][: -Category.steplen])
            slug = f"{parent['slug']}/{row['slug']}" if parent else row["slug"]
            url = category_url(row["id"], slug=slug)
            aisle = {
                "id": row["id"],
                "title": row["name"],
                "slug": slug,
                "url": url,
                "children": [],
            }
            if parent:
                parent["children"].append(aisle)
            elif row["depth"] == 1:
                tops[row["path"]] = aisle
        return list(tops.values())

    def aisles_at(self, path: str) -> list[Context]:
        """Return the aisles, the one whose page is at a path marked as current."""
        return [{**aisle, "current": aisle["url"] == path} for aisle in self.aisles]

    def aisle_at(self, path: str) -> str:
        """Return the address of the aisle whose page is at a path, if it is one."""
        return path if any(aisle["url"] == path for aisle in self.aisles) else ""

    @cached_property
    def address(self) -> str:
        """Where the shop is at home, whichever way a visitor came."""
        return hosts.shop_url(self.shop, "")

    @cached_property
    def category_links(self) -> dict[int, CategoryLink]:
        """The categories of the aisles by id."""
        both = [*self.aisles, *(c for aisle in self.aisles for c in aisle["children"])]
        return {each["id"]: CategoryLink(each["title"], each["url"]) for each in both}

    @cached_property
    def footer(self) -> Context:
        columns = [self._find_us()]
        if self.profile.menu:
            links = [
                {"url": page_path(row["path"]), "label": row["title"]}
                for row in self.profile.menu
            ]
            columns.append({"title": _("The shop"), "links": links})
        return {
            "columns": columns,
            "hours": hours_rows(self.opening),
            "base": self.shop.name,
            "base_links": [
                {"url": hosts.hub_url(), "label": _("A shop of the QuickCart network")}
            ],
        }

    def _logo(self) -> Context | None:
        if not self.profile.logos:
            return None
        logo = self.profile.logos[0]
        return {
            "src": default_storage.url(logo["file"]),
            "width": logo["width"],
            "height": logo["height"],
            # The shop's name stands beside it.
            "alt": "",
        }

    def _status(self) -> list[Context]:
        facts = [{"icon": "clock", "text": self.opening.status}]
        if self.profile.street:
            facts.append({"icon": "map-pin", "text": self.profile.street})
        return facts

    def _find_us(self) -> Context:
        profile = self.profile
        town = f"{profile.city} {profile.postcode}".strip()
        links = []
        if profile.phone:
            number = "".join(c for c in profile.phone if c.isdigit() or c == "+")
            links.append(
                {"url": f"tel:{number}", "label": profile.phone, "icon": "phone"}
            )
        if profile.email:
            links.append(
                {
                    "url": f"mailto:{profile.email}",
                    "label": profile.email,
                    "icon": "mail",
                }
            )
        text = "\n".join(line for line in (profile.street, town) if line)
        return {"title": self.shop.name, "text": text, "links": links}


def hours_rows(opening: fulfilment.Opening) -> list[Context]:
    """Return the shop's week as rows of the hours table."""
    return [
        {
            "day": day.name,
            "text": ", ".join(day.hours) or _("Closed"),
            "today": day.is_today,
            "closed": not day.hours,
        }
        for day in opening.week
    ]


@cache
def _profiles() -> Any:
    """Return the query, made once: it names no shop, and making it takes longest."""
    categories = Category.objects.filter(
        depth__lte=AISLE_DEPTH,
        is_public=True,
        ancestors_are_public=True,
        exclude_from_menu=False,
    ).order_by("path")
    menu = Page.objects.filter(live=True, show_in_menus=True, depth=MENU_DEPTH)
    logos = ShopRendition.objects.filter(
        image=OuterRef("logo"),
        filter_spec__in=[f"width-{width}|format-webp" for width in CARD_WIDTHS],
    ).order_by("-width")
    return ShopProfile.objects.annotate(
        categories=ArraySubquery(
            categories.values(
                data=JSONObject(
                    id="id", path="path", depth="depth", name="name", slug="slug"
                )
            )
        ),
        menu=ArraySubquery(
            menu.order_by("path").values(
                data=JSONObject(title="title", path=F("url_path"))
            )
        ),
        logos=ArraySubquery(
            logos.values(data=JSONObject(file="file", width="width", height="height"))
        ),
    ).order_by("pk")


def page_path(url_path: str) -> str:
    """Return a page's path on its host: the front page is the root."""
    return "/" + url_path.split("/", 2)[2]


def category_url(category_id: int, *, slug: str) -> str:
    """Return a category's address; the slug has those above it before it."""
    return _category_form().format(slug=slug, id=category_id)


@cache
def _category_form() -> str:
    # A menu has dozens of addresses, and resolving each is slow.
    kwargs = {"category_slug": "0-0", "pk": 0}
    address = reverse("catalogue:category", kwargs=kwargs)
    return address.replace("{", "{{").replace("0-0_0", "{slug}_{id}")


def _address(name: str, *, fallback: str = "") -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return reverse(fallback) if fallback else ""
