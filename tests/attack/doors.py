"""The doors: what a request says of itself, and where it wants to be led.

Headers, hosts, forms of other sites and cookies of other hosts are tried
on the shop in-process; what only a server reads (absolute addresses, two hosts) on
the product's own. Where doors lead is next door in `attack.redirects`, guessing and
hoarding in `attack.guessing`.
"""

import re
import socket
from collections.abc import Iterator
from email import message_from_bytes
from http.cookies import SimpleCookie
from itertools import product as every
from typing import Any, NamedTuple

from attack import guessing, stage
from attack.ground import Hub, undone
from attack.stage import Stage, none
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from factories import selling
from support import addresses, crawler
from support.ground import PASSWORD, Filled
from support.verdicts import Check, Verdict, at_least, exactly, told

from kernel import clock
from notifications.handlers import Lane
from notifications.services import relay
from storefront.commerce import orders
from tenants import context

EVIL = "evil.example"
BAD_HOSTS = (
    EVIL,
    f"alder.localhost.{EVIL}",
    f"{EVIL}#alder.localhost",
    f"{EVIL}/alder.localhost",
    "alder.localhost@evil.example",
    "alder.localhost, evil.example",
    "alder localhost",
    "alder.localhost:80:80",
    "alder.localhost\x00",
    "-alder.localhost",
    "nobody.localhost",
    "127.0.0.1",
    "[::1]",
    "",
)
#: What proxies may be told; ours are not asked.
FORWARDED = (
    {"x-forwarded-host": EVIL},
    {"x-host": EVIL},
    {"forwarded": f"host={EVIL}"},
    {"x-original-url": f"//{EVIL}/"},
    {"x-forwarded-server": EVIL},
    {"x-forwarded-host": EVIL, "x-forwarded-port": "1", "x-forwarded-proto": "https"},
)
SPLITS = ("\r\nX-Owned: 1", "\nX-Owned: 1", "\r\n\r\n<owned>", "%0d%0aX-Owned:%201")
SPLITS += ("\u2028X-Owned: 1", "\u560d\u560aX-Owned: 1")
#: Posts of other sites' pages: how a browser marks them, if it marks them at all.
FORGERIES: list[tuple[str, dict[str, str]]] = [
    ("post", {}),
    ("post", {"origin": f"https://{EVIL}"}),
    ("post", {"origin": "http://birch.localhost", "sec-fetch-site": "same-site"}),
    ("post", {"origin": "null", "sec-fetch-site": "cross-site"}),
    ("put", {"origin": f"https://{EVIL}"}),
    ("patch", {"origin": f"https://{EVIL}"}),
    ("delete", {"origin": f"https://{EVIL}"}),
]


def bad_hosts(*, small: bool) -> Iterator[Verdict]:
    """Ask for hosts that are not ours, in every way a request can name one."""
    with stage.opened() as opened:
        alder = opened.ground.shops["alder"]
        served, echoed = [], []
        for host in BAD_HOSTS:
            client = Client(headers={"host": host}, raise_request_exception=False)
            for path in ("/", "/account/login/", "/admin/", alder.paths["picture"]):
                answer = client.get(path)
                if is_served(answer):
                    served.append(f"{host!r}{path}: {answer.status_code}")
        for headers, path in every(FORWARDED, ("/", "/account/login/", "/sitemap.xml")):
            answer = alder.browser().get(path, headers=headers)
            if EVIL in crawler.read(answer):
                echoed.append(f"{headers} {path}")
        echoed += _letters_with_their_host(alder)
        raw = list(_raw_answers(opened))
    yield told("doors: hosts tried", len(BAD_HOSTS) * 4 + len(FORWARDED) * 3, "asks")
    yield none("doors: unknown hosts that are served", served)
    yield none("doors: forwarded hosts believed", echoed)
    yield none("doors: hosts of absolute or doubled addresses believed", raw)


def is_served(answer: HttpResponse) -> bool:
    return answer.status_code not in {400, 404}


def _letters_with_their_host(alder: Filled) -> Iterator[str]:
    """Ask for a new password as somebody whose proxy lies; yield links that do too."""
    for headers in FORWARDED:
        mail.outbox.clear()
        alder.browser().post(
            "/account/password/reset/",
            {"email": alder.customer.email},
            headers=headers,
            REMOTE_ADDR="192.0.2.77",
        )
        yield from (
            f"letter: {headers}"
            for letter in mail.outbox
            if EVIL in letter.message().as_string()
        )


def _raw_answers(opened: Stage) -> Iterator[str]:
    """Send what clients never send; yield each answer that speaks for another host."""
    port = opened.network().port
    lines = [
        f"GET http://{EVIL}/account/login/ HTTP/1.1\r\nHost: alder.localhost:{port}",
        f"GET http://birch.localhost/ HTTP/1.1\r\nHost: alder.localhost:{port}",
        f"GET / HTTP/1.1\r\nHost: alder.localhost\r\nHost: {EVIL}",
        f"GET / HTTP/1.1\r\nHost: {EVIL}\r\nHost: alder.localhost",
        "GET / HTTP/1.0",
        f"GET //{EVIL}/%2e%2e HTTP/1.1\r\nHost: alder.localhost",
        f"GET //{EVIL}/about-us HTTP/1.1\r\nHost: alder.localhost",
        f"GET /\\{EVIL} HTTP/1.1\r\nHost: alder.localhost",
        f"GET /about-us?%0d%0aX-Owned:%201 HTTP/1.1\r\nHost: {EVIL}\x0b",
    ]
    for line in lines:
        said = _raw(port, line)
        if speaks_for_another(said):
            yield f"{line.splitlines()[0]!r}: {said[:200]!r}"


def speaks_for_another(said: str) -> bool:
    head = said.partition("\r\n\r\n")[0]
    theirs = re.sub(r"(?i)^location: /[^/\\].*$", "", head, flags=re.MULTILINE)
    return EVIL in theirs or "Birch" in said or "X-Owned" in head


def _raw(port: int, lines: str) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(f"{lines}\r\nConnection: close\r\n\r\n".encode("latin1"))
        parts = []
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts).decode("utf-8", "replace")


def split_headers(*, small: bool) -> Iterator[Verdict]:
    """Put line ends into everything that becomes a header, of an answer or a mail."""
    found: list[str] = []
    tried = 0
    with stage.opened() as opened, undone():
        alder = opened.ground.shops["alder"]
        for text, (client, path) in every(SPLITS, _header_doors(alder)):
            tried += 1
            answer = client.get(f"{path}{text}")
            found += owned(answer, f"GET {path}{text!r}")
            answer = client.post(
                path.partition("?")[0],
                {"next": f"/basket/{text}", "product": "1", "q": text},
            )
            found += owned(answer, f"POST {path} {text!r}")
        letters = 0
        for letter in _letters_of(alder):
            letters += 1
            parsed = message_from_bytes(letter.message().as_bytes())
            names = {name.lower() for name in parsed}
            others = {"bcc", "cc", "x-owned"} & names or set(letter.to) & {f"x@{EVIL}"}
            found += [f"letter “{letter.subject}”: {others}"] if others else []
    yield told("doors: line ends put into headers", tried, "tries")
    yield at_least("doors: letters with line ends in their facts", letters, "mails", 3)
    yield none("doors: headers split", found)


def _header_doors(alder: Filled) -> list[tuple[Client, str]]:
    visitor, owner = alder.browser(), alder.browser(alder.owner)
    return [
        (visitor, "/old?x="),
        (visitor, "/about-us?x="),
        (visitor, "/shop/search/?q="),
        (visitor, "/account/login/?next=/"),
        (visitor, "/basket/add/?next=/"),
        (visitor, f"/orders/{alder.references[0].upper()}/?x="),
        (visitor, f"/orders/{alder.references[0]}/calendar.ics?x="),
        (owner, "/admin/pages/?q="),
        (owner, "/admin/products/?q="),
    ]


def _letters_of(alder: Filled) -> list[Any]:
    """Order, and sign up, under names that try to write headers of their own."""
    mail.outbox.clear()
    trick = f"Ana\r\nBcc: x@{EVIL}\r\nX-Owned: 1"
    with context.inside(alder.shop):
        contact = orders.Contact(name=trick, email="ana@example.com", phone=trick[:32])
        selling.an_order(contact=contact, note=trick, now=clock.now())
        alder.shop.name = trick[:80]
        relay.deliver_due(
            clock=clock.now, patience=guessing.PATIENCE, lane=Lane.OUTSIDE
        )
    for path, field in (("password/reset/", "email"), ("signup/", "email")):
        for address in (
            f"ana@example.com\r\nBcc: x@{EVIL}",
            f"ana@example.com, x@{EVIL}",
            "carol@example.com",
        ):
            form = {field: address, "password1": PASSWORD}
            alder.browser().post(f"/account/{path}", form, REMOTE_ADDR="192.0.2.78")
    return list(mail.outbox)


def owned(answer: HttpResponse, asked: str) -> list[str]:
    lines = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    split = "X-Owned" in answer.headers or "\r" in lines or "\nX-Owned" in lines
    return [f"{asked}: {lines[:120]!r}"] if split else []


class Forged(NamedTuple):
    """A forged post, and what became of it."""

    what: str
    is_refused: bool
    is_taken: bool


def forged_forms(*, small: bool) -> Iterator[Verdict]:
    """Post every form as a page of another site would: with cookies, without token."""
    with stage.opened() as opened, undone():
        alder, hub = opened.ground.shops["alder"], opened.ground.hub
        hosts: tuple[tuple[str, str, Filled | Hub, tuple[str, ...], int], ...] = (
            ("shop", addresses.SHOP, alder, ("customer", "owner", "admin"), 20),
            ("hub", addresses.HUB, hub, ("user", "admin"), 4),
        )
        cookies = {
            (host, role): place.browser(place.people[role]).cookies
            for host, _urls, place, roles, _share in hosts
            for role in roles
        }
        before = _kept(alder)
        for host, urls, place, roles, share in hosts:
            chosen = addresses.of(urls)[:: share if small else 1]
            tried = [
                each
                for role in roles
                for each in _forged(alder, place, chosen, cookies[host, role])
            ]
            name = f"doors: forged posts at the {host}"
            yield told(name, len(tried), "posts")
            # Turned away as forged: not because nobody is there to be posted to.
            refused = sum(each.is_refused for each in tried)
            yield at_least(f"{name} refused", refused, "posts", 0.9 * len(tried))
            yield none(f"{name} taken", (each.what for each in tried if each.is_taken))
        changed = _kept(alder) != before
    yield exactly("doors: changes by forged posts", int(changed), "", 0)


def _kept(alder: Filled) -> list[dict[str, str]]:
    """Return what the hub keeps, and a shop: posts at the hub may write to either."""
    return [stage.fingerprint(alder.shop), stage.fingerprint()]


def _forged(
    alder: Filled,
    place: Filled | Hub,
    chosen: list[addresses.Address],
    cookies: SimpleCookie,
) -> Iterator[Forged]:
    """Post to addresses of a host with somebody's cookies."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies = cookies
    for address, (method, foreign) in every(chosen, FORGERIES):
        path = address.filled(addresses.values_of(alder, address))
        if path == "/basket/add/" and not foreign:
            continue  # no browser sends neither: see kernel.http.same_origin
        answer = getattr(client, method)(path, headers=place.host | foreign)
        yield Forged(
            f"{method} {path}: {answer.status_code}",
            is_refused=answer.status_code == 403,
            is_taken=is_taken(answer, path),
        )


def is_taken(answer: HttpResponse, path: str) -> bool:
    is_slashed = answer.headers.get("Location") == f"{path}/"
    return answer.status_code not in {400, 403, 404, 405} and not is_slashed


def tossed_cookies(*, small: bool) -> Iterator[Verdict]:
    """Plant cookies in a visitor's browser, as a sibling host could without TLS."""
    with stage.opened() as opened, undone():
        alder, birch = (opened.ground.shops[name] for name in ("alder", "birch"))
        yield none("doors: planted sessions that sign-in adopts", fixed(alder))
        yield none("doors: planted tokens believed", _planted_tokens(alder))
        yield none("doors: cookies of another shop believed", _strange(alder, birch))


def fixed(alder: Filled) -> Iterator[str]:
    """Let a visitor sign in on the attacker's own session; yield what they share."""
    attacker = alder.browser()
    with context.inside(alder.shop):
        planted = attacker.session.session_key  # made by asking for it
    victim = alder.browser()
    victim.cookies["sessionid"] = planted
    form = {"login": alder.customer.email, "password": PASSWORD}
    answer = victim.post("/account/login/", form, REMOTE_ADDR="192.0.2.80")
    if answer.status_code != 302 or victim.get("/account/").status_code != 200:
        yield "the visitor could not sign in at all"
    if victim.cookies["sessionid"].value == planted:
        yield "the session keeps its key"
    if attacker.get("/account/").status_code == 200:
        yield "the attacker is signed in"


def _planted_tokens(alder: Filled) -> Iterator[str]:
    """Post with a token of the attacker's in cookie and form, from a sibling's page."""
    page = alder.browser().get("/account/login/")
    token = page.cookies["csrftoken"].value
    for origin in ("http://birch.localhost", "http://localhost", "null"):
        victim = Client(enforce_csrf_checks=True, headers=alder.host)
        victim.cookies = alder.browser(alder.customer).cookies
        victim.cookies["csrftoken"] = token
        form = {"csrfmiddlewaretoken": token, "email": f"x@{EVIL}", "action_add": ""}
        for path in ("/account/email/", "/account/logout/", "/basket/update/"):
            answer = victim.post(path, form, headers={"origin": origin})
            if answer.status_code != 403:
                yield f"{path} from {origin}: {answer.status_code}"


def _strange(alder: Filled, birch: Filled) -> Iterator[str]:
    """Bring another shop's cookies along; yield each that means anything."""
    filler = birch.browser(birch.customer)
    guest = birch.browser()
    guest.post("/basket/add/", {"product": birch.keys["product"], "quantity": 3})
    visitor = alder.browser()
    visitor.cookies["basket"] = guest.cookies["basket"].value
    visitor.cookies["sessionid"] = filler.cookies["sessionid"].value
    if visitor.get("/account/").status_code == 200:
        yield "session"
    answer = visitor.get("/basket/")
    if "empty" not in answer.text:
        yield "basket"
    # Nor may the visit have cost birch's customer their session.
    if filler.get("/account/").status_code != 200:
        yield "session ended"


CHECKS = [
    Check("doors: hosts", bad_hosts),
    Check("doors: header injection", split_headers),
    Check("doors: forged forms", forged_forms),
    Check("doors: tossed cookies", tossed_cookies),
    *guessing.CHECKS,
]
