"""Sample contexts of the components, for the pattern library and its tests."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from ui import pages, theme

Context = dict[str, Any]

THEMES = {
    "network": theme.DEFAULT,
    "greengrocer": theme.Theme(
        brand="#2f6b2f",
        accent="#ff8a3d",
        paper="#faf6ea",
        ink="#22291c",
        type_pair="humanist",
        header="split",
        radius="round",
    ),
    "delicatessen": theme.Theme(
        brand="#6d1f3c",
        accent="#e0b04b",
        paper="#fbf5f0",
        ink="#2a1a1d",
        type_pair="editorial",
        header="centered",
        radius="soft",
    ),
    "corner": theme.Theme(
        brand="#1f3fd1",
        accent="#ffd23f",
        paper="#f6f6f3",
        ink="#14161f",
        type_pair="grotesk",
        header="banner",
        radius="sharp",
    ),
}
_SUNDAY = 7
_NOW = datetime.datetime(2030, 5, 3, 14, 32, tzinfo=datetime.UTC)


def library(*, pictures_url: str, theme_name: str = "network") -> Context:
    """Return everything that `ui/pattern_library.html` shows."""
    shelf = Shelf(pictures_url)
    chosen = THEMES[theme_name]
    return {
        "surface": "patterns",
        "page_title": f"Patterns: {theme_name}",
        "type_pair": chosen.type_pair,
        "theme_name": theme_name,
        "themes": list(THEMES),
        "header": _header(chosen, theme_name),
        "aisles": _aisles(),
        "footer": _footer(),
        "hero": shelf.hero(),
        "cards": shelf.cards(),
        "tiles": shelf.tiles(),
        "shops": shelf.shops(),
        "basket": {
            "count": 7,
            "total": Decimal("18.40"),
            "currency": "EUR",
            "url": "#basket",
            "minimum": Decimal(25),
            "missing": Decimal("6.60"),
        },
        "set_url": "/set",
        "lines": shelf.lines(),
        "totals": _totals(),
        "days": slot_days(),
        "steps": _steps(),
        "hours": _hours(),
        "columns": _columns(),
        "crumbs": [
            {"title": "Home", "url": "#"},
            {"title": "Fruit and vegetables", "url": "#"},
            {"title": "Apples and pears"},
        ],
        "page_links": pages.links(current=4, total=12, url_of=lambda n: f"?page={n}"),
        "until": _NOW,
        "picture": shelf.picture("honey-pot"),
    }


class Shelf:
    """Goods with pictures from one folder."""

    def __init__(self, pictures_url: str) -> None:
        self.pictures_url = pictures_url.rstrip("/")

    def picture(self, name: str) -> Context:
        return {
            "src": f"{self.pictures_url}/{name}.webp",
            "srcset": "",
            "width": 256,
            "height": 256,
            "alt": "",
        }

    def cards(self) -> list[Context]:
        goods = (
            ("Elstar apples", "Orchard Lane", "1 kg", "2.49", "2.49", "red-apple"),
            ("Sourdough baguette", "", "320 g", "1.95", "6.09", "baguette-bread"),
            ("Comté, aged 18 months", "Marcel Petite", "200 g", "6.80", "34.00",
             "cheese-wedge"),
            ("Free-range eggs", "Hollow Farm", "6 pieces", "2.85", "0.48", "egg"),
            ("Whole milk, not homogenised, in the returnable glass bottle",
             "Glenilen", "1 l", "1.79", "1.79", "glass-of-milk"),
            ("Vine tomatoes", "", "500 g", "2.20", "4.40", "tomato"),
            ("Blossom honey", "Brookfield", "350 g", "7.50", "21.43", "honey-pot"),
            ("Blueberries", "Keelings", "125 g", "2.99", "23.92", "blueberries"),
        )  # fmt: skip
        cards = [
            self._card(number, *good) for number, good in enumerate(goods, start=1)
        ]
        cards[0] |= {"badges": ["Organic", "Local"], "in_basket": 2}
        cards[2] |= {"stock_state": "low", "stock_left": 3}
        cards[3] |= {"badges": ["New"]}
        cards[5] |= {"stock_state": "out", "stock_left": 0}
        cards[7] |= {"was_price": Decimal("3.69"), "badges": ["Offer"]}
        return cards

    def _card(  # noqa: PLR0917
        self,
        number: int,
        title: str,
        brand: str,
        pack: str,
        price: str,
        unit_price: str,
        picture: str,
    ) -> Context:
        return {
            "title": title,
            "url": f"#product-{number}",
            "brand": brand,
            "pack": pack,
            "price": Decimal(price),
            "currency": "EUR",
            "unit_price": Decimal(unit_price),
            "unit": "l" if pack.endswith(" l") else "kg",
            "picture": self.picture(picture),
            "stock_state": "in",
            "stock_left": None,
            "badges": [],
            "product_id": number,
            "in_basket": 0,
        }

    def hero(self) -> Context:
        goods = ("pineapple", "bread", "tomato", "cheese-wedge", "leafy-green")
        return {
            "title": "Good things from around the corner",
            "lead": "Order until ten, collect from noon. Picked this morning, "
            "packed by people you know.",
            "actions": [
                {"url": "#", "label": "Start shopping"},
                {"url": "#", "label": "Opening hours", "quiet": True},
            ],
            "facts": [
                {"icon": "clock", "text": "Open until 19:00"},
                {"icon": "map-pin", "text": "12 Mill Street"},
            ],
            "goods": [self.picture(name) for name in goods],
        }

    def tiles(self) -> list[Context]:
        aisles = (
            ("Fruit & vegetables", "86 goods", "grapes"),
            ("Bread & cake", "34 goods", "croissant"),
            ("Milk, cheese, eggs", "58 goods", "butter"),
            ("Fish & meat", "41 goods", "lobster"),
            ("Pantry", "120 goods", "spaghetti"),
            ("Drinks", "77 goods", "beverage-box"),
        )
        return [
            {"title": title, "note": note, "url": "#", "picture": self.picture(name)}
            for title, note, name in aisles
        ]

    def shops(self) -> list[Context]:
        rows = (
            ("The Green Cart", "Greengrocer", True, "Open until 19:00", "300 m",
             ("carrot", "broccoli")),
            ("Fiore & Daughters", "Delicatessen", True, "Open until 20:30", "850 m",
             ("cheese-wedge", "olive")),
            ("Corner 24", "Corner shop", False, "Opens at 7:00", "1.2 km",
             ("beverage-box", "cookie")),
        )  # fmt: skip
        return [
            {
                "name": name,
                "url": "#",
                "kind": kind,
                "place": "Mill Street",
                "is_open": is_open,
                "open_note": note,
                "distance": distance,
                "next_slot": "Next slot 14:30",
                "pictures": [self.picture(good) for good in goods],
            }
            for name, kind, is_open, note, distance, goods in rows
        ]

    def lines(self) -> list[Context]:
        chosen = self.cards()[:3]
        return [
            card
            | {
                "quantity": 2,
                "price": card["price"] * 2,
                "max": card["stock_left"],
                "meta": card["pack"],
                "notice": "Only 3 left" if card["stock_left"] else "",
            }
            for card in chosen
        ]


def slot_days() -> list[Context]:
    """Return six days whose slots show every state."""
    first = datetime.date(2030, 5, 3)
    days = []
    for offset in range(6):
        date = first + datetime.timedelta(days=offset)
        days.append(
            {
                "date": date.isoformat(),
                "label": date.strftime("%a"),
                "date_label": f"{date.day} May",
                "slots": [] if date.isoweekday() == _SUNDAY else _slots(offset),
                "note": "Closed on Sundays.",
            }
        )
    return days


def _slots(offset: int) -> list[Context]:
    states = ("full", "low", "free", "held", "free", "closed")
    notes = {"low": "2 places left", "held": "Held for you"}
    return [
        {
            "value": f"{offset}-{number}",
            "label": f"{10 + number}:00\u2013{10 + number}:30",
            "state": state,
            "note": notes.get(state) or state.title(),
            "is_off": state in {"full", "closed"},
            "selected": offset == 0 and state == "held",
        }
        for number, state in enumerate(states)
    ]


def _header(chosen: theme.Theme, theme_name: str) -> Context:
    names = {
        "network": "QuickCart",
        "greengrocer": "The Green Cart",
        "delicatessen": "Fiore & Daughters",
        "corner": "Corner 24",
    }
    return {
        "name": names[theme_name],
        "tagline": "Open until 19:00",
        "shape": chosen.header,
        "search_url": "#",
        "search_placeholder": "Search for apples, oat milk …",
        "account_url": "#",
        "basket_url": "#basket",
        "status": [
            {"icon": "clock", "text": "Open until 19:00"},
            {"icon": "shopping-bag", "text": "Next pick-up today, 14:30"},
        ],
    }


def _aisles() -> list[Context]:
    titles = ("Offers", "Fruit", "Vegetables", "Bakery", "Cheese", "Pantry", "Drinks")
    children = [{"title": "Apples and pears", "url": "#"}, {"title": "Berries",
                "url": "#"}]  # fmt: skip
    return [
        {"title": title, "url": "#", "current": title == "Fruit", "children": children}
        for title in titles
    ]


def _footer() -> Context:
    links = [
        {"url": "#", "label": "+353 1 555 0102", "icon": "phone"},
        {"url": "#", "label": "hello@example.com", "icon": "mail"},
    ]
    return {
        "columns": [
            {"title": "Find us", "text": "12 Mill Street\nDublin 8", "links": links},
        ],
        "hours": _hours(),
        "base": "A shop of the QuickCart network",
        "base_links": [{"url": "#", "label": "Privacy"}],
    }


def _hours() -> list[Context]:
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
    rows = [
        {"day": day, "text": "8:00\u201319:00", "today": day == "Friday"}
        for day in days
    ]
    return [*rows, {"day": "Sunday", "text": "Closed", "closed": True}]


def _steps() -> list[Context]:
    return [
        {"label": "Order placed", "state": "done", "time": "13:58"},
        {"label": "Accepted by the shop", "state": "done", "time": "14:01"},
        {"label": "Being picked", "state": "now", "time": None},
        {"label": "Ready to collect", "state": "todo", "time": "about 14:30"},
        {"label": "Collected", "state": "todo", "time": None},
    ]


def _totals() -> list[Context]:
    return [
        {"label": "Goods", "amount": Decimal("22.48"), "kind": ""},
        {"label": "Two for three", "amount": Decimal("-1.95"), "kind": "saving"},
        {"label": "To pay at pick-up", "amount": Decimal("20.53"), "kind": "sum"},
    ]


def _columns() -> list[Context]:
    ticket = {
        "number": "QC-4821",
        "slot": "14:30",
        "name": "Niamh Byrne",
        "count": 12,
        "lines": ["2 × Elstar apples", "1 × Comté", "… 9 more"],
        "url": "#",
        "action": {"url": "#", "label": "Accept", "value": "accept"},
    }
    late = ticket | {"number": "QC-4817", "slot": "14:00", "late": True, "lines": []}
    return [
        {"state": "placed", "title": "New", "tickets": [ticket]},
        {"state": "picking", "title": "Picking", "tickets": [late]},
        {"state": "ready", "title": "Ready", "tickets": [], "empty": "All collected."},
    ]
