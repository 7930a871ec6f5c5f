"""Injected scripts, in a real browser.

Every text that people can write is made a payload: words written through the forms
that clean them, and, worse than any form allows, each text column of a shop and of
the hub directly. Then every page that shows them is opened by somebody who may see it;
where a visit ends, and whether words of it stand there, is judged first. Nothing of it
may run, and nothing of it may become part of a page, whether or not the policy stops it.
"""

import contextlib
import functools
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from attack import access, columns, payloads, stage, visits
from attack.stage import none
from attack.visits import Visitor
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Frame,
    Page,
    Response,
    Route,
    sync_playwright,
)
from playwright.sync_api import Error as BrowserError
from support.network import Network
from support.verdicts import Check, Verdict, at_least, exactly

from quickcart.launcher import browser as chromium

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}

SIGN_IN = "/account/login/"
#: Of each payload, run or not, something of this is left in whatever shows it.
PLANTED = ("owned()", "data-owned")
#: Pages for the detector: a status, and what they say.
DOORS = {
    "/open-door/": (200, f"<!doctype html><title>x</title>{payloads.PAYLOADS[0]}"),
    "/failing-door/": (500, "<!doctype html><title>owned()</title>"),
    "/another-door/": (200, "<!doctype html><title>Nothing</title>"),
}
#: Told to the page before any of its own scripts.
WATCH = """
window.owned = () => { window.__owned = true; };
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.__violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""
ASK = """() => ({
  owned: Boolean(window.__owned),
  planted: document.querySelectorAll("[data-owned]").length,
  scripted: [...document.querySelectorAll("a[href], form[action], iframe[src]")].filter(
    (each) => /^\\s*javascript:/i.test(
      each.getAttribute("href") || each.getAttribute("action")
      || each.getAttribute("src") || "")).length,
  violations: window.__violations || [],
})"""


@dataclass
class Seen:
    """What happened in a browser; counts are of pages, by who opened them."""

    opened: Counter[str] = field(default_factory=Counter)
    #: What was planted is spoken of: it is the page that was asked for.
    telling: Counter[str] = field(default_factory=Counter)
    #: Led to sign in, to the workspace's front door, or to an error: nothing was seen.
    strays: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


@contextlib.contextmanager
def chrome() -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        message = "No Chromium on this machine: run `make test-tools`."
        raise RuntimeError(message)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


def scripts(*, small: bool) -> Iterator[Verdict]:
    """Plant payloads, open every page, and see whether anything of them runs."""
    with stage.opened() as opened:
        cedar, hub = opened.ground.shops["cedar"], opened.ground.hub
        planted = payloads.into_shop(cedar) | payloads.into_hub(cedar)
        planted |= payloads.into_page(cedar)
        visitors = visits.of(cedar, hub, small=small)
        served = opened.network()
        seen = Seen()
        sizes = [PHONE] if small else [PHONE, DESK]
        with chrome() as browser:
            for visitor, size in itertools.product(visitors, sizes):
                _visit(browser, served, visitor, size, seen)
            control = _look_at_open_doors(browser, served, visitors)
    yield from columns.verdicts(
        "browser: texts made payloads",
        reached=planted,
        every=payloads.every_text(),
        declared=columns.UNPLANTED,
    )
    opened_in_all = seen.opened.total()
    yield at_least(
        "browser: pages opened", opened_in_all, "pages", 40 if small else 390
    )
    for visitor in visitors:
        name = f"browser: pages that speak of it, {visitor.who}"
        least = visitor.telling * len(visitor.paths) * len(sizes)
        yield at_least(name, seen.telling[visitor.who], "pages", least)
    yield none("browser: visits that ended elsewhere", seen.strays)
    yield none("browser: payloads that ran or stood in a page", seen.troubles)
    yield from _verdicts_of(control)


def _visit(
    browser: Browser,
    served: Network,
    visitor: Visitor,
    size: dict[str, int],
    seen: Seen,
) -> None:
    tab = a_tab(browser, served, visitor.host, visitor.cookie, size)
    for path in visitor.paths:
        _look(tab, f"http://{visitor.host}:{served.port}{path}", visitor, seen)
    tab.context.close()


def a_tab(
    browser: Browser, served: Network, host: str, cookie: str, size: dict[str, int]
) -> Page:
    context_: BrowserContext = browser.new_context(viewport=size)
    if cookie:
        address = f"http://{host}:{served.port}"
        context_.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
    context_.add_init_script(WATCH)
    tab = context_.new_page()
    tab.set_default_timeout(20_000)
    return tab


def _look(beside: Page, address: str, visitor: Visitor, seen: Seen) -> None:
    """Open a page; note where it led, what ran, and what of the payloads stands in it.

    Each in a tab of its own: what a page has begun does not end in the next one.
    """
    tab = beside.context.new_page()
    tab.set_default_timeout(20_000)
    dialogs: list[str] = []

    def hear(dialog: Any) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    tab.on("dialog", hear)
    what = f"{visitor.who} {address}"
    try:
        answer = tab.goto(address, wait_until="load")
        told_by = [_ask(frame) for frame in tab.frames]
        words = answer.text() if answer else ""
        astray = _astray(address, answer, visitor)
    except BrowserError as error:
        seen.strays.append(f"{what}: {str(error)[:100]}")
        return
    finally:
        tab.close()
    if astray:
        seen.strays.append(f"{what}: {astray}")
    else:
        seen.opened[visitor.who] += 1
        seen.telling[visitor.who] += any(each in words for each in PLANTED)
    bad = [facts for facts in told_by if any(facts.values())]
    if bad or dialogs:
        seen.troubles.append(f"{what}: {bad} {dialogs}")


def _astray(address: str, answer: Response | None, visitor: Visitor) -> str:
    """Say where a visit ended if it was not at the page that was asked for."""
    if answer is None or answer.status != visitor.status:
        return f"answered {answer and answer.status}"
    asked, landed = (urlsplit(each).path for each in (address, answer.url))
    is_led_away = landed.startswith(SIGN_IN) or landed == access.FRONT
    return f"led to {landed}" if is_led_away and landed != asked else ""


def _ask(frame: Frame) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = frame.evaluate(ASK)
    except BrowserError:
        return {}  # a sandbox in which not even we may run
    if frame.url.endswith("/letter/"):
        # A mail's own HTML, framed so that it can do nothing: it may say anything.
        facts |= {"planted": 0, "scripted": 0}
    return facts


def _look_at_open_doors(
    browser: Browser, served: Network, visitors: list[Visitor]
) -> Seen:
    """Show the detector pages that escape nothing, fail, say nothing, and lead away."""
    seen = Seen()
    [owner] = [each for each in visitors if each.who == "owner"]
    stranger = Visitor("stranger", owner.host, [*DOORS, "/admin/orders/"])
    # At a screen that owners may not see.
    astray = replace(owner, paths=["/admin/users/"])
    for visitor in (stranger, astray):
        tab = a_tab(browser, served, visitor.host, visitor.cookie, PHONE)
        for path, page in DOORS.items():
            tab.context.route(f"**{path}", functools.partial(_say, page))
        for path in visitor.paths:
            _look(tab, f"http://{visitor.host}:{served.port}{path}", visitor, seen)
        tab.context.close()
    return seen


def _say(page: tuple[int, str], route: Route) -> None:
    status, body = page
    route.fulfill(status=status, body=body, content_type="text/html")


def _verdicts_of(control: Seen) -> Iterator[Verdict]:
    counts = {
        "pages that let scripts run": (len(control.troubles), 1),
        "pages that speak of it": (control.telling.total(), 1),
        "pages opened": (control.opened.total(), 2),
        "visits that ended elsewhere": (len(control.strays), 3),
    }
    for what, (seen, wanted) in counts.items():
        yield exactly(f"browser: the detector: {what}", seen, "seen", wanted)


CHECKS = [Check("browser: scripts", scripts)]
