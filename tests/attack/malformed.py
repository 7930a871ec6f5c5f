"""Every address and form, sent what nobody means: no failure, no traceback.

Each address gets all of it from each of three roles: a stranger, a customer, and of the
staff who may enter by the access table. To who enters so much is asked that all of it
is let in. At reduced size Wagtail's screens get a share.
"""

import gc
import itertools
import multiprocessing
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from unittest import mock

from attack import answers, attempts, ground, nonsense, setting_up, stage
from attack.access import Asked
from attack.access_table import EVERYBODY, Rule
from attack.forms import Forms
from django.core.cache import cache
from django.db import connection
from django.test import Client
from support import addresses
from support.ground import Filled
from support.verdicts import Check, Verdict, at_least, exactly, told

from quickcart.middleware import BadInputMiddleware
from tenants import context

#: What visitors who are not of the staff must not be able to change by nonsense.
WATCHED = [
    "accounts_user",
    "account_emailaddress",
    "catalogue_product",
    "cards_productcard",
    "partner_stockrecord",
    "basket_line",
    "order_order",
    "order_line",
    "order_orderstatuschange",
    "pickup_booking",
    "pickup_pickupsettings",
    "pickup_closure",
    "profile_shopprofile",
    "wagtailcore_page",
    "media_shopimage",
]
#: Cases for each of our addresses and of Wagtail's, of who enters and of the others.
FULL = {"ours": (500, 500), "wagtail": (500, 500)}
SMALL = {"ours": (20, 4), "wagtail": (3, 0)}
PROCESSES = 2


def _by_owner() -> dict[str, Counter[str]]:
    return {"ours": Counter(), "wagtail": Counter()}


@dataclass
class Found:
    """What a walk through some addresses found; cases by whose the addresses are."""

    became: dict[str, Counter[str]] = field(default_factory=_by_owner)
    #: By address and role.
    sent: dict[str, Counter[str]] = field(default_factory=_by_owner)
    #: By address and form, of the role of which the most was let in, and was read.
    let_in: dict[str, Counter[str]] = field(default_factory=_by_owner)
    read: dict[str, Counter[str]] = field(default_factory=_by_owner)
    troubles: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    #: What nobody may enter, and what somebody may who did not come.
    shut: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        for owner in self.became:
            self.became[owner] += other.became[owner]
            self.sent[owner] += other.sent[owner]
            self.let_in[owner].update(other.let_in[owner])
            self.read[owner].update(other.read[owner])
        self.troubles += other.troubles
        self.unread += other.unread
        self.shut += other.shut
        self.missed += other.missed


def run(*, small: bool) -> Iterator[Verdict]:
    """Send everything to every address of both hosts."""
    found = Found()
    if small:
        found = walk(share=(0, 1), small=True)
    else:
        spawned = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(PROCESSES, spawned, setting_up.set_up) as pool:
            shares = [(number, PROCESSES) for number in range(PROCESSES)]
            for part in pool.map(walk, shares, itertools.repeat(small)):
                found.add(part)
    sizes = SMALL if small else FULL
    for owner in found.became:
        yield from _counted(found, owner, sizes=sizes[owner])
    yield told("malformed: addresses nobody may enter", len(found.shut), "addresses")
    yield stage.none("malformed: addresses none came to who may", found.missed)
    yield stage.none("malformed: cases refused as too often", found.unread)
    yield stage.none("malformed: troubles", found.troubles)


def _counted(found: Found, owner: str, *, sizes: tuple[int, int]) -> Iterator[Verdict]:
    """Judge that enough was sent, and enough of it read."""
    words = f"malformed: {owner}: cases"
    yield told(words, found.became[owner].total(), "requests")
    for kind in answers.KINDS:
        yield told(f"{words} {kind}", found.became[owner][kind], "requests")
    # Of every role that comes; at reduced size some never do.
    least = min(size for size in sizes if size)
    fewest = min(found.sent[owner].values())
    yield at_least(f"{words} for an address and role", fewest, "requests", least)
    # A method that is not taken is refused unread; most are taken.
    for what, counts, floor in (
        ("let in", found.let_in[owner], sizes[0]),
        ("read", found.read[owner], sizes[0] // 2),
    ):
        name = f"{words} {what}, for an address and form"
        stage.tell(name, (f"{each} {of}" for each, of in counts.items() if of < floor))
        yield at_least(name, min(counts.values()), "requests", floor)


def walk(share: tuple[int, int], small: bool) -> Found:
    """Walk through each so-manieth address of both hosts."""
    number, of = share
    if not small:
        gc.freeze()  # a process of its own: what stands now stays to its end
    found, sizes = Found(), SMALL if small else FULL
    with ground.opened() as made, ground.uncounted():
        for host in attempts.hosts(made):
            for address in addresses.of(host.known.urlconf)[number::of]:
                owner = attempts.whose(address.template)
                coming = [*attempts.of(host, address, sizes=sizes[owner])]
                if not any(attempt.may_enter for attempt in coming):
                    rule = host.rules[address.template]
                    is_open = rule.get | rule.post
                    kind = found.missed if is_open else found.shut
                    kind.append(f"{host.name} {address}")
                for attempt in coming:
                    _torment(found, attempt, owner=owner)
    return found


def _torment(found: Found, attempt: attempts.Attempt, *, owner: str) -> None:
    """Send an address what somebody has for it, and note each answer."""
    became: Counter[str] = Counter()
    with ground.undone():
        client = ground.browser(attempt.host.place, attempt.visitor)
        before = _digests(attempt)
        for case, answer in _answered(attempt, client, became):
            if answer.became == answers.TOO_OFTEN:
                found.unread.append(f"{attempt} {case}")
            if answer.trouble:
                found.troubles.append(f"{attempt} {case}: {answer.trouble}")
        after = _digests(attempt)
        changed = [table for table in before if before[table] != after[table]]
        if changed:
            found.troubles.append(f"{attempt} changed {changed}")
    found.became[owner] += became
    found.sent[owner][str(attempt)] += became.total()
    if attempt.may_enter:
        _keep_most(found.let_in[owner], attempt.form, answers.let_in(became))
        _keep_most(found.read[owner], attempt.form, became[answers.READ])
    cache.clear()  # what a page kept there may be of rows that are gone


def _keep_most(counts: Counter[str], form: str, count: int) -> None:
    # `|=` would forget the form of which there is none.
    counts[form] = max(counts[form], count)


def _answered(
    attempt: attempts.Attempt, client: Client, became: Counter[str]
) -> Iterator[tuple[nonsense.Case, answers.Answer]]:
    """Send cases until it is enough, and count what becomes of them."""
    route = attempt.host.known.route(attempt.asked.path)
    for case in attempt.cases():
        if attempt.is_enough(became):
            return
        answer = answers.of(
            client,
            case,
            attempt.asked,
            route=route,
            role=attempt.role,
            keeps=attempt.is_watched,
        )
        became[answer.became] += 1
        yield case, answer


def _digests(attempt: attempts.Attempt) -> dict[str, str]:
    """Return a digest of each table that strangers must not change."""
    if not attempt.is_watched:
        return {}
    filled = attempt.host.shop
    digest = "md5(string_agg(t::text, '' ORDER BY t::text))"
    # A visitor's own basket is the visitor's to change.
    theirs = {"basket_line": f"WHERE basket_id = {filled.keys['basket']}"}
    parts = (
        f"SELECT '{name}', {digest} FROM {name} t {theirs.get(name, '')}"
        for name in WATCHED
    )
    with context.inside(filled.shop), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


#: What becomes of a request, were everybody let in everywhere.
BECOMES = (
    ("owner", nonsense.Case("GET", "/admin/products/"), answers.READ),
    ("owner", nonsense.Case("GET", "/admin/collections/"), answers.TURNED_AWAY),
    ("anonymous", nonsense.Case("GET", "/admin/products/"), answers.TURNED_AWAY),
    ("customer", nonsense.Case("GET", "/admin/products/"), answers.TURNED_AWAY),
    ("customer", nonsense.Case("GET", "/account/login/"), answers.TURNED_AWAY),
    ("owner", nonsense.Case("POST", "/admin/products/"), answers.NOT_TAKEN),
    (
        "owner",
        nonsense.Case("GET", "/admin/products/", extra={"QUERY_STRING": "q=%00"}),
        answers.ELSEWHERE,
    ),
)


def controls(*, small: bool) -> Iterator[Verdict]:
    """Break a screen, come in vain, ask too often: each must be noticed."""
    uncaught = mock.patch.object(BadInputMiddleware, "TRUSTING", {})
    with ground.opened() as made, ground.undone(), uncaught:
        alder = made.shops["alder"]
        case = nonsense.Case("POST", "/admin/choose-external-link/")
        seen = _sent(alder, "owner", case).trouble
        yield exactly("malformed: failures seen", bool(seen), "answers", 1)
        told_apart = [
            _sent(alder, role, case).became == wanted for role, case, wanted in BECOMES
        ]
        words = "malformed: told apart who has read a case"
        yield exactly(words, sum(told_apart), "answers", len(BECOMES))
        case = nonsense.Case("POST", "/account/password/reset/", b"email=a@b.example")
        heard = [_sent(alder, "anonymous", case).became for _number in range(12)]
        refused = heard.count(answers.TOO_OFTEN)
        yield at_least("malformed: refused cases seen", refused, "answers", 1)


def _sent(alder: Filled, role: str, case: nonsense.Case) -> answers.Answer:
    asked = Asked(case.path, case.path, Rule(EVERYBODY, EVERYBODY))
    route = Forms(addresses.SHOP).route(case.path)
    client = ground.browser(alder, role)
    return answers.of(client, case, asked, route=route, role=role)


CHECKS = [Check("malformed", run), Check("malformed: the detector", controls)]
