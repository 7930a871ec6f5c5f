"""The pages people use most, looked at by axe, on a phone and on a desk.

Beside it what axe does not see: nothing sticks out of the page, nothing moves while
it is read, and the browser has nothing to complain about.
"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from e2e.test_journeys import choose_a_slot
from playwright.sync_api import Page, expect

from quickcart.demo import people

RULES = {
    "runOnly": {
        "type": "tag",
        "values": [
            *("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"),
            "best-practice",
        ],
    }
}
MOST_SHIFT = 0.01
DESK = 1000
WATCH_SHIFTS = """
    window.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""
#: What is wider than the page and not inside something that scrolls or is cut off.
STICKING_OUT = """() => {
    const width = document.documentElement.clientWidth;
    const isOut = (element) => element.getBoundingClientRect().right > width + 1;
    const isHeld = (element) => {
      for (let box = element; box !== document.body; box = box.parentElement) {
        const style = getComputedStyle(box);
        if (style.position === "fixed" || style.clipPath !== "none") return true;
        if (box !== element && style.overflowX !== "visible" && !isOut(box)) return true;
      }
      return false;
    };
    return [...document.querySelectorAll("main *")]
      .filter((element) => isOut(element) && !isHeld(element))
      .map((element) => element.outerHTML.slice(0, 80));
}"""


def look(visitor, address: str = "") -> None:
    """Open an address, or stay, and find nothing wrong."""
    page: Page = visitor.page
    if address:
        page.goto(address, wait_until="load")
        page.evaluate("document.fonts.ready.then(() => true)")
    found = Axe().run(page, options=RULES).response["violations"]
    faults = [
        (fault["id"], node["html"][:160], node["failureSummary"])
        for fault in found
        for node in fault["nodes"]
    ]
    assert faults == [], page.url
    assert page.evaluate(STICKING_OUT) == [], page.url
    assert page.evaluate("window.shifted || 0") <= MOST_SHIFT, page.url
    assert visitor.troubles == [], page.url


def sign_in(page: Page, address: str, email: str) -> None:
    page.goto(address)
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(people.PASSWORD)
    page.locator("form:has(input[name=password]) button[type=submit]").click()


@pytest.fixture
def person(visit, viewport):
    """Somebody out with a phone by day, or at home at a desk by night."""
    scheme = "light" if viewport["width"] < DESK else "dark"
    visitor = visit("person", viewport, color_scheme=scheme)
    visitor.page.add_init_script(WATCH_SHIFTS)
    return visitor


def test_a_shop_can_be_used_by_everybody(demo, person):
    for path in ("/", "/shop/search/?q=zzqqx", "/account/login/"):
        look(person, demo.shop("skerrett", path))

    page = person.page
    page.goto(demo.shop("skerrett", "/shop/search/?q=bread"))
    page.locator("article.card h2 a").first.click()
    look(person)
    page.locator(".product__add button[data-step='1']").click()
    expect(page.locator(".header__action--basket .count")).to_have_text("1")
    look(person, demo.shop("skerrett", "/basket/"))


def test_a_time_that_is_chosen_and_held_can_be_read(demo, person):
    page = person.page
    page.goto(demo.shop("clover", "/shop/"))
    page.locator("[data-stepper] button[data-step='1']:enabled").first.click()
    expect(page.locator(".header__action--basket .count")).to_have_text("1")
    page.goto(demo.shop("clover", "/checkout/"))

    choose_a_slot(page)
    expect(page.locator("[data-countdown] time")).to_contain_text("for ")

    # The pointer still lies on it.
    expect(page.locator("label.slot:has(:checked)")).to_contain_text("Held for you")
    look(person)


def test_an_order_can_be_followed_by_everybody(demo, person):
    sign_in(
        person.page,
        demo.shop("clover", "/account/login/?next=/orders/"),
        "aoife.geraghty@mail.example",
    )
    expect(person.page.get_by_role("heading", name="Your orders")).to_be_visible()
    assert "Successfully signed in" not in person.page.content()
    look(person)
    person.page.locator("article h2 a").first.click()
    expect(person.page.locator(".order-state")).to_be_visible()
    look(person)


def test_the_workspace_can_be_used_by_everybody(demo, person):
    sign_in(person.page, demo.shop("tamarind", "/admin/"), "owner@tamarind.example")
    expect(person.page.get_by_role("heading", level=1)).to_contain_text("Hello")
    for path in ("", "orders/?days=all", "orders/7/", "products/", "pickup/"):
        look(person, demo.shop("tamarind", f"/admin/{path}"))


def test_the_hub_can_be_used_by_everybody(demo, person):
    look(person, demo.hub())
    sign_in(
        person.page,
        demo.hub("/account/login/?next=/platform/"),
        "admin@quickcart.example",
    )
    for path in ("", "shops/open/", "shops/clover/", "mailbox/"):
        look(person, demo.hub(f"/platform/{path}"))
