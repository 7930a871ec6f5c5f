"""Injected scripts, in a real browser.

Every text that people can write is made a payload: words written through the forms
that clean them, and, worse than any form allows, each text column of a shop and of
the hub directly. Then every page that shows them is opened. Nothing of it may run,
and nothing of it may become part of a page, whether or not the policy stops it.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from attack import columns, payloads, stage
from attack.ground import Hub
from attack.stage import none
from playwright.sync_api import Browser, BrowserContext, Frame, Page, sync_playwright
from playwright.sync_api import Error as BrowserError
from support import addresses
from support.ground import Filled
from support.network import Network
from support.verdicts import Check, Verdict, at_least, exactly

from accounts.models import User
from quickcart.launcher import browser as chromium

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}

#: What the browser says of a file, and of an error without a page.
NO_PAGE = ("ERR_ABORTED", "Download", "ERR_HTTP_RESPONSE_CODE_FAILURE")
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
    """What happened in a browser."""

    looked: int = 0
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
        visits = _visits(cedar, hub, small=small)
        served = opened.network()
        seen, control = Seen(), Seen()
        with chrome() as browser:
            for who, host, cookie, paths in visits:
                for size in [PHONE] if small else [PHONE, DESK]:
                    tab = a_tab(browser, served, host, cookie, size)
                    for path in paths:
                        _look(tab, f"http://{host}:{served.port}{path}", seen, who)
                    tab.context.close()
            _look_at_an_open_door(browser, control)
    yield from columns.verdicts(
        "browser: texts made payloads",
        reached=planted,
        every=payloads.every_text(),
        declared=columns.UNPLANTED,
    )
    yield at_least("browser: pages opened", seen.looked, "pages", 20 if small else 200)
    yield none("browser: payloads that ran or stood in a page", seen.troubles)
    yield exactly(
        "browser: the detector sees an open door", len(control.troubles), "", 1
    )


Visit = tuple[str, str, str, list[str]]


def _visits(shop: Filled, hub: Hub, *, small: bool) -> list[Visit]:
    """Return who opens which pages of which host."""
    host = shop.host["host"]
    front, mine = _storefront(shop)
    desk = _workspace(shop)
    platform = ["/", "/platform/", f"/platform/shops/{shop.shop.subdomain}/"]
    platform += [f"/platform/mailbox/{path}" for path in ("", f"{hub.mail}/")]
    platform += [f"/platform/mailbox/{hub.mail}/letter/", "/platform/shops/open/"]
    if small:
        desk = desk[:8]
    return [
        ("visitor", host, "", front),
        ("customer", host, a_session(shop, shop.customer), mine),
        ("owner", host, a_session(shop, shop.owner), desk),
        ("hub visitor", "localhost", "", ["/", f"/?q={payloads.PAYLOADS[0]}"]),
        ("hub admin", "localhost", a_session(hub, hub.people["admin"]), platform),
    ]


def _storefront(shop: Filled) -> tuple[list[str], list[str]]:
    tricks = [
        "%22%3E%3Csvg%20onload=owned()%3E%3Ci%20data-owned%3E",
        "javascript:owned()",
    ]
    order = f"/orders/{shop.references[0]}/"
    product = f"/shop/x_{shop.keys['product']}/"
    front = ["/", "/about-us/", "/shop/", product, order, f"{order}state/"]
    front += [f"/shop/category/x_{shop.keys['category']}/", f"{order}cancel/"]
    front += [f"/orders/{reference}/" for reference in shop.references[1:]]
    for trick in tricks:
        front += [f"/shop/search/?q={trick}", f"/account/login/?next={trick}"]
        front += [f"/{trick}/", f"/shop/?order={trick}&page={trick}"]
        front += [f"/basket/?removed={trick}", f"/account/signup/?email={trick}"]
    mine = ["/", "/basket/", "/checkout/", "/orders/", "/account/", "/account/email/"]
    return front, mine


def _workspace(shop: Filled) -> list[str]:
    """Return the workspace's screens, our own and those with words on them first."""
    keys = shop.keys
    first = ["/admin/", "/admin/orders/", f"/admin/orders/{keys['order']}/"]
    first += [f"/admin/products/{keys['product']}/", "/admin/products/"]
    first += [f"/admin/pages/{keys['page']}/edit/", f"/admin/pages/{keys['home']}/"]
    first += ["/admin/images/", f"/admin/images/{keys['image']}/", "/admin/pickup/"]
    others = [
        address.filled(addresses.values_of(shop, address))
        for address in addresses.of(addresses.SHOP)
        if str(address).startswith("/admin/") and "logout" not in str(address)
    ]
    return list(dict.fromkeys([*first, *others]))


def a_session(place: Filled | Hub, user: User) -> str:
    return str(place.browser(user).cookies["sessionid"].value)


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


def _look(beside: Page, address: str, seen: Seen, who: str) -> None:
    """Open a page; note what ran in it, and what of the payloads stands in it.

    Each in a tab of its own: what a page has begun does not end in the next one.
    """
    tab = beside.context.new_page()
    tab.set_default_timeout(20_000)
    dialogs: list[str] = []

    def hear(dialog: Any) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    tab.on("dialog", hear)
    try:
        tab.goto(address, wait_until="load")
        told_by = [_ask(frame) for frame in tab.frames]
    except BrowserError as error:
        if any(words in str(error) for words in NO_PAGE):
            return
        seen.troubles.append(f"{who} {address}: {str(error)[:100]}")
        return
    finally:
        tab.close()
    seen.looked += 1
    bad = [facts for facts in told_by if any(facts.values())]
    if bad or dialogs:
        seen.troubles.append(f"{who} {address}: {bad} {dialogs}")


def _ask(frame: Frame) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = frame.evaluate(ASK)
    except BrowserError:
        return {}  # a sandbox in which not even we may run
    if frame.url.endswith("/letter/"):
        # A mail's own HTML, framed so that it can do nothing: it may say anything.
        facts |= {"planted": 0, "scripted": 0}
    return facts


def _look_at_an_open_door(browser: Browser, seen: Seen) -> None:
    """Show the detector a page that escapes nothing."""
    tab = browser.new_page()
    tab.add_init_script(WATCH)
    tab.goto("about:blank")
    tab.set_content(f"<!doctype html><title>x</title>{payloads.PAYLOADS[0]}")
    tab.wait_for_timeout(300)
    facts = _ask(tab.main_frame)
    if facts["owned"] and facts["planted"]:
        seen.troubles.append("seen")
    tab.close()


CHECKS = [Check("browser: scripts", scripts)]
