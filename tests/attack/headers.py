"""What every answer says to the browser, and what it leaves with it, as deployed.

Each address of the shop and the hub is asked for under the production settings by
visitors of every sort, right and wrong; so are files, redirects and errors. Forms are posted
to each address too: the shop is one that goes away afterwards, with all they do to it.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product as every
from pathlib import Path

import httpx
from attack import stage
from attack.ground import Hub
from attack.stage import Stage, none
from django.test import override_settings
from support import addresses
from support.ground import PASSWORD, Filled
from support.network import Network
from support.verdicts import Check, Verdict, at_least, exactly, told

from accounts.models import User

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "quickcart.settings.production",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "QUICKCART_DOMAIN": "localhost",
}
#: What is to be judged is not refused unread.
UNLIMITED = {"QUICKCART_LIMITS": "0"}
HOSTS = {"shop": "alder.localhost", "hub": "localhost"}
VISITORS = {
    "shop": ("visitor", "customer", "owner", "admin"),
    "hub": ("visitor", "user", "admin"),
}
#: Of the posts to a host so many are let in, at full size and at reduced.
LEAST_TAKEN = {"shop": (250, 30), "hub": (20, 3)}
METHODS = ("HEAD", "OPTIONS", "POST", "DELETE")
REFERRERS = {"strict-origin-when-cross-origin", "same-origin", "no-referrer"}
DENIED = ("camera", "microphone", "geolocation", "payment", "usb")
#: Where what runs or paints may come from: our own host, a nonce, a digest, nowhere.
STRICT = re.compile(r"'(?:self|none|strict-dynamic|(?:nonce|sha\d{3})-[\w+/=-]+)'")
INLINE = {"'unsafe-inline'"}
#: What speaks of scripts and styles, with what speaks for it where it is not said.
RUNNING = {
    "script-src": ("default-src",),
    "script-src-elem": ("script-src", "default-src"),
    "script-src-attr": ("script-src", "default-src"),
    "style-src": ("default-src",),
    "style-src-elem": ("style-src", "default-src"),
    "style-src-attr": ("style-src", "default-src"),
    "worker-src": ("child-src", "script-src", "default-src"),
    "frame-src": ("child-src", "default-src"),
}
YEAR = 31_536_000
#: What else a policy says, at the most.
CLOSED = {
    "object-src": {"'none'"},
    "base-uri": {"'none'"},
    "form-action": {"'self'", "'none'"},
    "frame-ancestors": {"'self'", "'none'"},
}
#: Answered before anything else, to whoever watches; no page of ours leads there.
WATCHING = {"/healthz", "/readyz", "/livez", "/metrics"}


@dataclass(frozen=True)
class Asked:
    """One request and its answer."""

    who: str
    method: str
    path: str
    answer: httpx.Response
    is_tls: bool = False
    host: str = ""

    @property
    def is_taken(self) -> bool:
        is_led_away = "/account/login/" in self.answer.headers.get("location", "")
        return self.answer.status_code not in {403, 404, 405} and not is_led_away

    def __str__(self) -> str:
        place = f"{self.host}{self.path}"
        return f"{self.method} {place} as {self.who}: {self.answer.status_code}"


def answers(*, small: bool) -> Iterator[Verdict]:
    """Ask for everything; judge the headers and cookies of each answer."""
    with stage.apart() as opened:
        served, is_tls = _served(opened, small=small)
        asks = _asks(opened, is_tls=is_tls, share=8 if small else 1)
        asked = [*_asked(served, asks, is_tls=is_tls)]
    yield from _counted(asked, small=small)
    judged: dict[str, Callable[[Asked], Iterable[str]]] = {
        "missing or weak": lambda each: header_faults(each.answer, is_tls=each.is_tls),
        "policies that let scripts in": policy_faults,
        "cookies": lambda each: cookie_faults(each.answer, is_tls=each.is_tls),
        "software and versions told": lambda each: tells(each.answer),
    }
    for name, faults_of in judged.items():
        found = (f"{each}: {fault}" for each in asked for fault in faults_of(each))
        yield none(f"headers: {name}", found)


def _counted(asked: list[Asked], *, small: bool) -> Iterator[Verdict]:
    """Tell what was looked at: how many answers, and to what."""
    statuses = Counter(each.answer.status_code for each in asked)
    yield at_least("headers: answers looked at", len(asked), "answers", 100)
    if not small:
        under = sum(each.is_tls for each in asked)
        name = "headers: answers under the production settings"
        yield exactly(name, under, "answers", len(asked))
    yield told("headers: different statuses among them", len(statuses), "statuses")
    # Of those that were let in: not found, not allowed and no such method are one page.
    taken = Counter(
        each.host for each in asked if each.method == "POST" and each.is_taken
    )
    for name, host in HOSTS.items():
        least = LEAST_TAKEN[name][small]
        words = f"headers: posts to the {name} that were taken"
        yield at_least(words, taken[host], "posts", least)
    given = {
        line.partition("=")[0]
        for each in asked
        for line in each.answer.headers.get_list("set-cookie")
    }
    yield at_least("headers: different cookies among them", len(given), "cookies", 3)
    broken = sum(count for status, count in statuses.items() if status >= 500)
    yield exactly("headers: answers 500", broken, "answers", 0)
    yield exactly("headers: answers that it is too often", statuses[429], "answers", 0)


def _served(opened: Stage, *, small: bool) -> tuple[Network, bool]:
    """Return the programs to ask: as deployed, or at small size as developed."""
    if small:
        return opened.network(only=stage.WEB, more=UNLIMITED), False
    _collect(opened)
    more = deployed(opened) | UNLIMITED
    return opened.network("production", only=stage.WEB, more=more), True


def deployed(opened: Stage) -> dict[str, str]:
    return PRODUCTION | {"QUICKCART_STATIC": str(opened.var / "static")}


def _collect(opened: Stage) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"],
        cwd=ROOT,
        check=True,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "quickcart.settings.build",
            "QUICKCART_STATIC": str(opened.var / "static"),
        },
    )


@dataclass(frozen=True)
class Ask:
    """One request to make: by whom, of which host."""

    who: str
    host: str
    path: str
    method: str = "GET"
    cookie: str = ""
    scheme: str = "https"
    #: Sent as a browser does, with the visitor's own token.
    form: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Site:
    """A host, the cookies of who comes there, and where to."""

    host: str
    cookies: Mapping[str, str]
    paths: list[str]


def _asked(served: Network, asks: Iterable[Ask], *, is_tls: bool) -> Iterator[Asked]:
    base = f"http://127.0.0.1:{served.port}"
    with httpx.Client(base_url=base, timeout=60, follow_redirects=False) as client:
        for each in asks:
            client.cookies.clear()
            headers = {"host": each.host, "x-forwarded-for": "192.0.2.50"}
            if is_tls:
                headers["x-forwarded-proto"] = each.scheme
            if each.cookie:
                headers["cookie"] = each.cookie
            if each.form is not None:
                headers |= _token(each, is_tls=is_tls)
            answer = client.request(
                each.method, each.path, headers=headers, data=each.form
            )
            yield Asked(each.who, each.method, each.path, answer, is_tls, each.host)


def _token(each: Ask, *, is_tls: bool) -> dict[str, str]:
    name, token = "__Host-csrf" if is_tls else "csrftoken", "k" * 32
    origin = f"{'https' if is_tls else 'http'}://{each.host}"
    cookie = f"{each.cookie}; {name}={token}"
    return {"cookie": cookie, "x-csrftoken": token, "origin": origin}


def _asks(opened: Stage, *, is_tls: bool, share: int) -> Iterator[Ask]:
    sites = [*_sites(opened, is_tls=is_tls)]
    for site in sites:
        for who, cookie in site.cookies.items():
            for path in site.paths[:: 1 if who == "visitor" else share]:
                yield Ask(who, site.host, path, cookie=cookie)
            for path, method in every(
                ("/", "/admin/", "/account/login/", "/no/"), METHODS
            ):
                yield Ask(who, site.host, path, method, cookie)
    for stranger in ("nobody.localhost", "evil.example", "127.0.0.1"):
        yield Ask("stranger", stranger, "/")
    host, cookie = sites[0].host, sites[0].cookies["visitor"]
    yield Ask("visitor", host, "/", scheme="http")
    for path, form in _forms(opened.ground.shops["alder"]).items():
        yield Ask("visitor", host, path, "POST", cookie, form=form)
    yield from _posts(sites, share=share)


def _posts(sites: Iterable[Site], *, share: int) -> Iterator[Ask]:
    """Post an empty form to every address; what takes something away comes last."""
    for site in sites:
        paths = sorted(site.paths[::share], key=lambda path: "delete" in path)
        for path, (who, cookie) in every(paths, site.cookies.items()):
            yield Ask(who, site.host, path, "POST", cookie, form={})


def _sites(opened: Stage, *, is_tls: bool) -> Iterator[Site]:
    alder, hub = opened.ground.shops["alder"], opened.ground.hub
    places: dict[str, tuple[Filled | Hub, list[str]]] = {
        "shop": (alder, _paths_of(alder)),
        "hub": (hub, _hub_paths(alder, hub.mail)),
    }
    for name, (place, paths) in places.items():
        cookies = {
            who: _cookie(place, place.people.get(who), is_tls=is_tls)
            for who in VISITORS[name]
        }
        yield Site(HOSTS[name], cookies, paths)


def _forms(alder: Filled) -> dict[str, dict[str, str]]:
    """Return the forms that give a visitor a session, a basket, a letter."""
    return {
        "/account/login/": {"login": alder.customer.email, "password": PASSWORD},
        "/account/password/reset/": {"email": alder.customer.email},
        "/account/signup/": {"email": ""},
        "/basket/add/": {"product": str(alder.keys["product"])},
        "/checkout/place/": {},
    }


def _cookie(place: Filled | Hub, user: User | None, *, is_tls: bool) -> str:
    name = "__Host-session" if is_tls else "sessionid"
    with override_settings(SESSION_COOKIE_NAME=name):
        cookies = place.browser(user).cookies
    return (
        "; ".join(f"{key}={morsel.value}" for key, morsel in cookies.items()) or "a=b"
    )


def _paths_of(alder: Filled) -> list[str]:
    """Return every address of a shop that is not about to end the session."""
    patterns = [
        address.filled(addresses.values_of(alder, address))
        for address in addresses.of(addresses.SHOP)
        if "logout" not in str(address)
    ]
    wrong = ["/no-such-page/", "/a%00b", "/about-us", "/old", "/media/none.png"]
    wrong += ["/static/none.css", "/static/ui/js/storefront.js", "/shop/search/?q=%00"]
    wrong += ["/orders/0123456789abcdef/", "/admin/no-such-page/", "//evil.example/x"]
    wrong += [*alder.paths.values(), f"/orders/{alder.references[0]}/", "/basket/add/"]
    return list(dict.fromkeys(["/", "/shop/search/?q=bread", *patterns, *wrong]))


def _hub_paths(alder: Filled, mail: int) -> list[str]:
    patterns = addresses.of(addresses.HUB)
    found = [
        address.filled({**addresses.values_of(alder, address), "pk": mail})
        for address in patterns
        if "logout" not in str(address)
    ]
    return [*found, "/no-such-page/", "/media/none.png", "/admin/"]


def header_faults(answer: httpx.Response, *, is_tls: bool) -> Iterator[str]:
    headers = answer.headers
    if answer.request.url.path in WATCHING:
        return
    denied = headers.get("permissions-policy", "")
    age = re.match(r"max-age=(\d+)", headers.get("strict-transport-security", ""))
    is_secure = answer.request.headers.get("x-forwarded-proto") == "https"
    rules = {
        "types are guessed": headers.get("x-content-type-options") == "nosniff",
        "referrer": headers.get("referrer-policy") in REFERRERS,
        "opener": headers.get("cross-origin-opener-policy") == "same-origin",
        "framed": headers.get("x-frame-options") in {"SAMEORIGIN", "DENY"},
        "devices": all(f"{feature}=()" in denied for feature in DENIED),
        "no type": not answer.content or "content-type" in headers,
        "no HSTS": not (is_tls and is_secure) or (age and int(age[1]) >= YEAR),
    }
    yield from (fault for fault, holds in rules.items() if not holds)


def policy_faults(asked: Asked) -> Iterator[str]:
    text = asked.answer.headers.get("content-security-policy", "")
    if asked.answer.request.url.path in WATCHING:
        return
    parts = (directive.split() for directive in text.split(";") if directive.strip())
    policy = {name: set(sources) for name, *sources in parts}
    is_workspace = asked.path.startswith("/admin/")
    # A letter is shown as it was sent, colours and all, where nothing may run.
    is_still = "sandbox" in policy and "allow-scripts" not in policy["sandbox"]
    for name, others in RUNNING.items():
        said = next((each for each in (name, *others) if each in policy), "")
        let = (
            INLINE if is_workspace or (is_still and name.startswith("style")) else set()
        )
        sources = policy.get(said, {"*"})
        bad = {each for each in sources - let if not STRICT.fullmatch(each)}
        if bad:
            yield f"{name} {sorted(bad)}"
    # A file that may do nothing has no forms to send and no address to change.
    is_file = policy.get("default-src") == {"'none'"} and not policy.keys() & RUNNING
    unsaid = {"'none'"} if is_file else {"*"}
    for name, allowed in CLOSED.items():
        if not policy.get(name, unsaid) <= allowed:
            yield f"{name} {policy.get(name)}"


def cookie_faults(answer: httpx.Response, *, is_tls: bool) -> Iterator[str]:
    for line in answer.headers.get_list("set-cookie"):
        name = line.partition("=")[0]
        facts = {part.strip().lower().partition("=")[0] for part in line.split(";")[1:]}
        wanted = {"httponly", "samesite", "path"} | ({"secure"} if is_tls else set())
        is_removed = "max-age=0" in line.lower()
        if missing := wanted - facts - ({"httponly"} if is_removed else set()):
            yield f"{name} lacks {sorted(missing)}"
        if "domain" in facts:
            yield f"{name} is shared with other hosts"
        if is_tls and not name.startswith("__Host-"):
            yield f"{name} can be set by siblings"
        if "public" in answer.headers.get("cache-control", ""):
            yield f"{name} in an answer that anybody may keep"


def tells(answer: httpx.Response) -> Iterator[str]:
    for name in ("server", "x-powered-by", "via"):
        value = answer.headers.get(name, "")
        if re.search(r"\d", value):
            yield f"{name}: {value}"
    if answer.status_code >= 400 and re.search(
        r"Traceback|Django/|/site-packages/|DEBUG = True", answer.text
    ):
        yield "a traceback"


CHECKS = [Check("headers: answers", answers)]
