"""The workspace's menu: what a shopkeeper works with, in the order of a day."""

from django.http import HttpRequest
from wagtail.admin.menu import MenuItem

#: Wagtail's own words replaced by a shopkeeper's; the order of the whole menu.
#: Other apps register their items with an order between these.
ORDER = {
    "today": 10,
    "orders": 20,
    "products": 30,
    "stock": 40,
    "pickup": 50,
    "explorer": 60,
    "images": 70,
    "settings": 800,
    "view-shop": 900,
}
LABELS = {"images": "Pictures"}

HIDDEN = {"documents", "reports", "help", "snippets"}
HIDDEN_SETTINGS = {
    "workflows",
    "workflow-tasks",
    "sites",
    "locales",
    "collections",
    "search-terms",
    "searchpicks",
}


def arrange(request: HttpRequest, items: list[MenuItem]) -> None:
    """Leave what a shopkeeper needs, in the order of ORDER."""
    items[:] = [item for item in items if item.name not in HIDDEN]
    for item in items:
        item.order = ORDER.get(item.name, item.order)
        item.label = LABELS.get(item.name, item.label)


def arrange_settings(request: HttpRequest, items: list[MenuItem]) -> None:
    """Leave what a shop sets; superusers (support) keep it all."""
    if not request.user.is_superuser:
        items[:] = [item for item in items if item.name not in HIDDEN_SETTINGS]
