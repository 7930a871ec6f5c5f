"""Who is sent to which address, with which of its forms, and how often.

Three roles to each: a stranger, a customer, and of the staff who may enter by the access
table.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from attack import access, answers, nonsense
from attack.access import Asked
from attack.access_table import Rule
from attack.forms import Fields, Forms
from attack.ground import Ground, Hub
from support import addresses
from support.addresses import Address
from support.ground import Filled

#: Our own screens below the workspace's address.
OURS = ("/admin/orders/", "/admin/pickup/", "/admin/products/", "/admin/settings/")
#: Posting anything at all to these does what the address says: a checkout with nothing
#: but a spoilt note in it is an order, a form of one's own account changes that.
DO_AS_THEY_SAY = {
    "/account/login/",
    "/account/logout/",
    "/account/signup/",
    "/account/reauthenticate/",
    "/account/email/",
    "/account/password/change/",
    "/account/password/set/",
    "/account/password/reset/key/{uidb36}-{key}/",
    "/admin/logout/",
    "/checkout/place/",
    "/orders/{reference}/cancel/",
}
#: So many times as many are sent at most, until enough are let in.
MOST = 3
VISITORS = ("anonymous", "customer")
#: What the hub's people are called there.
HUB_NAMES = {"anonymous": "visitor", "customer": "user"}


@dataclass(frozen=True)
class Host:
    """The hub or a shop, and the forms of its pages."""

    name: str
    place: Filled | Hub
    shop: Filled
    known: Forms

    @property
    def rules(self) -> Mapping[str, Rule]:
        return access.RULES[self.known.urlconf]

    def asked(self, address: Address) -> Asked:
        rule = self.rules[address.template]
        return Asked(address.template, address.filled(self.real(address)), rule)

    def real(self, address: Address) -> dict[str, object]:
        """Return what fits an address's blanks; of the hub it is a letter's key."""
        real = addresses.values_of(self.shop, address)
        is_letter = isinstance(self.place, Hub) and "pk" in real
        return real | {"pk": self.place.mail} if is_letter else real

    def called(self, role: str) -> str:
        """Return what a role of the access table is called on the ground."""
        return HUB_NAMES.get(role, role) if isinstance(self.place, Hub) else role

    def roles(self, rule: Rule) -> tuple[str, ...]:
        """Return who comes: the staff that may enter, or else who gets furthest."""
        is_keepers = "owner" in rule.get | rule.post and self.name == "shop"
        return (*VISITORS, "owner" if is_keepers else "admin")


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """Somebody at an address, with one of the forms that it takes, all or none."""

    host: Host
    address: Address
    asked: Asked
    role: str
    forms: Sequence[Fields]
    #: So many cases, and of who may enter so many that are let in.
    count: int

    @property
    def may_enter(self) -> bool:
        return answers.may_enter(self.asked, role=self.role)

    @property
    def visitor(self) -> str:
        """Return what the role is called where it comes."""
        return self.host.called(self.role)

    @property
    def is_watched(self) -> bool:
        is_visitor = self.host.name == "shop" and self.role in VISITORS
        return is_visitor and self.asked.template not in DO_AS_THEY_SAY

    @property
    def form(self) -> str:
        """Return what is judged by itself: the address, with what its form asks."""
        names = [name for form in self.forms for name in sorted(form)]
        return f"{self.host.name} {self.address} {names}"

    def __str__(self) -> str:
        return f"{self.host.name} {self.role} {self.address}"

    def cases(self) -> Iterator[nonsense.Case]:
        """Yield requests without end."""
        real = self.host.real(self.address)
        is_posted = self.role in self.asked.rule.post or not self.may_enter
        target = nonsense.Target(self.address, real, self.forms)
        return nonsense.cases(
            target, seed=f"{self.role} {self.form}", is_posted=is_posted
        )

    def is_enough(self, became: Counter[str]) -> bool:
        counted = answers.let_in(became) if self.may_enter else became.total()
        return counted >= self.count or became.total() >= MOST * self.count


def hosts(made: Ground) -> Iterator[Host]:
    """Yield both hosts, with the forms of every page that somebody may read."""
    shop = made.shops["alder"]
    for name, urlconf, place in (
        ("shop", addresses.SHOP, shop),
        ("hub", addresses.HUB, made.hub),
    ):
        host = Host(name, place, shop, Forms(urlconf))
        host.known.look(place, _visits(host))
        yield host


def _visits(host: Host) -> Iterator[tuple[str, str]]:
    for address in addresses.of(host.known.urlconf):
        asked = host.asked(address)
        for role in host.roles(asked.rule):
            if role in asked.rule.get:
                yield host.called(role), asked.path
    if host.name == "shop":
        # Orders at every step of their way.
        for reference in host.shop.references:
            yield "customer", f"/orders/{reference}/"
        yield "owner", f"/admin/orders/{host.shop.keys['own_order']}/"


def whose(template: str) -> str:
    is_ours = not template.startswith("/admin/") or template.startswith(OURS)
    return "ours" if is_ours else "wagtail"


def of(host: Host, address: Address, *, sizes: tuple[int, int]) -> Iterator[Attempt]:
    """Yield who comes to an address, each with what forms, and how often."""
    asked = host.asked(address)
    taken, roles = host.known.of(asked.path), host.roles(asked.rule)
    entering = [role for role in roles if answers.may_enter(asked, role=role)]
    main = entering[0] if entering else roles[-1]
    for role in roles:
        count = sizes[0] if role == main else sizes[1]
        is_taken = role in entering and role in asked.rule.post
        by_form = [[form] for form in taken] if is_taken else []
        for forms in by_form or [taken]:
            if count:
                yield Attempt(
                    host=host,
                    address=address,
                    asked=asked,
                    role=role,
                    forms=forms,
                    count=count,
                )
