"""What people come for, from the first page to the last, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from quickcart.demo import people

HERE = re.compile


def sign_in(page: Page, email: str) -> None:
    """Fill the sign-in page that is open."""
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(people.PASSWORD)
    page.locator("form:has(input[name=password]) button[type=submit]").click()


def choose_a_slot(page: Page) -> None:
    """Choose the third slot with room on the first day that has so many."""
    free = page.locator("label:visible:has(input[name=slot]:not([disabled]))")
    for day in page.locator("label:has(input[name=day])").all():
        day.click()
        if free.count() > 2:
            free.nth(2).click()
            return
    message = "no day has room"
    raise AssertionError(message)


def buy(page: Page, shop: str) -> None:
    """Order the second thing a shop has, as a guest."""
    page.goto(f"{shop}shop/")
    # Several presses are sent as one, a moment after the last.
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name=HERE("^Add:")).nth(1).click()
    page.goto(f"{shop}basket/")
    page.get_by_role("link", name=HERE("Choose a time")).first.click()
    page.get_by_label("Your name").fill("Seán Ó Laoi")
    page.get_by_label("E-mail").fill("sean@customer.example")
    choose_a_slot(page)
    page.get_by_role("button", name=HERE("Place order")).click()
    expect(page.get_by_role("heading", name=HERE("^Order "))).to_be_visible()


@pytest.fixture
def pickers(demo, visit):
    """A picker at the board of Clover & Wrack, on a phone."""
    picker = visit("picker", {"width": 360, "height": 740})
    picker.page.goto(demo.shop("clover", "/admin/orders/"))
    sign_in(picker.page, "bea@clover.example")
    expect(picker.page.get_by_role("heading", name="Orders")).to_be_visible()
    return picker


def press(board: Page, step: str, number: str) -> None:
    """Take an order a step further at the board."""
    name = HERE(f"^{step}.*{number}", re.DOTALL)
    board.get_by_role("button", name=name).first.click()
    expect(board.get_by_role("button", name=name)).to_have_count(0)


def all_orders(pickers) -> Page:
    """Open all orders at the board, and return it."""
    pickers.page.get_by_role("link", name=HERE("^All")).first.click()
    return pickers.page


def number_on(page: Page) -> str:
    """Return the number of the order whose page is open."""
    number = HERE(r"CW-\d+").search(page.locator("h1").inner_text())
    assert number is not None
    return number[0]


def test_a_customer_buys_and_watches_the_order_become_ready(
    demo, visit, viewport, pickers
):
    customer = visit("customer", viewport)
    page, board = customer.page, pickers.page

    page.goto(demo.hub())
    customer.picture("1-hub")
    page.get_by_role("link", name="Clover & Wrack").first.click()
    expect(page).to_have_url(demo.shop("clover"))
    customer.picture("2-shop")
    page.get_by_role("searchbox").first.fill("carots")  # a slip of the finger
    page.keyboard.press("Enter")
    page.get_by_role("button", name=HERE("Add: .*[Cc]arrot")).first.click()
    expect(page.locator(".header__action--basket")).to_contain_text("1")
    customer.picture("3-found")

    page.goto(demo.shop("clover", "/basket/"))
    customer.picture("4-basket")
    page.get_by_role("link", name=HERE("Choose a time")).first.click()
    page.get_by_label("Your name").fill("Gráinne O'Dea")
    page.get_by_label("E-mail").fill("grainne@customer.example")
    choose_a_slot(page)
    expect(page.get_by_text("Kept for you")).to_be_visible()
    customer.picture("5-checkout")
    page.get_by_role("button", name=HERE("Place order")).click()

    expect(page.get_by_role("heading", name=HERE("Order CW-"))).to_be_visible()
    number = number_on(page)
    customer.picture("6-placed")

    all_orders(pickers)
    for step, seen in (
        ("Accept", "Accepted by the shop"),
        ("Start", "Being packed"),
        ("Ready", "Ready to collect"),
    ):
        press(board, step, number)
        # Nobody reloads: the page hears of it.
        expect(page.locator("[aria-current=step]")).to_contain_text(seen)
    customer.picture("7-ready")
    pickers.picture("8-board")
    press(board, "Hand over", number)
    expect(page.get_by_text("Collected", exact=False).first).to_be_visible()

    assert customer.troubles == []
    assert pickers.troubles == []


def test_a_guest_buys_without_javascript(demo, visit, viewport):
    customer = visit("guest", viewport, java_script_enabled=False)
    page = customer.page

    buy(page, demo.shop("skerrett"))

    expect(page.get_by_role("heading", name=HERE("Order SF-"))).to_be_visible()
    customer.picture("placed")


def test_where_sockets_are_blocked_the_order_page_asks_by_itself(
    demo, visit, viewport, pickers
):
    customer = visit("customer", viewport)
    customer.page.route_web_socket(HERE(".*"), lambda socket: socket.close())
    buy(customer.page, demo.shop("clover"))
    number = number_on(customer.page)
    pickers.page.reload()
    press(all_orders(pickers), "Accept", number)

    there = customer.page.locator("[aria-current=step]")
    expect(there).to_contain_text("Accepted by the shop")


def test_the_order_page_looks_by_itself_where_its_socket_says_nothing(
    demo, visit, viewport, pickers
):
    """A line that is dead looks like one on which nothing happens."""
    customer = visit("customer", viewport)
    customer.page.clock.install()
    customer.page.route_web_socket(HERE(".*"), lambda socket: None)
    buy(customer.page, demo.shop("clover"))
    number = number_on(customer.page)
    pickers.page.reload()
    press(all_orders(pickers), "Accept", number)

    there = customer.page.locator("[aria-current=step]")
    customer.page.clock.run_for(60_000)
    expect(there).to_contain_text("Order received")
    customer.page.clock.run_for(75_000)
    expect(there).to_contain_text("Accepted by the shop")


def test_the_order_page_hears_of_what_it_has_missed(demo, visit, pickers):
    """What changes before its socket is open, and what is answered by an error."""
    customer = visit("customer", {"width": 360, "height": 740})
    buy(customer.page, demo.shop("clover"))
    number = number_on(customer.page)
    pickers.page.reload()
    board = all_orders(pickers)

    page, held = customer.context.new_page(), []

    def hold(script) -> None:
        held.append(script)

    page.route(HERE(r"\.js"), hold)
    page.goto(customer.page.url, wait_until="commit")
    there = page.locator("[aria-current=step]")
    expect(there).to_contain_text("Order received")
    press(board, "Accept", number)
    # The word has gone round when the page that listens has it.
    expect(customer.page.locator("[aria-current=step]")).to_contain_text("Accepted")
    for script in held:
        script.continue_()
    page.unroute(HERE(r"\.js"))
    expect(there).to_contain_text("Accepted by the shop")

    page.route(HERE("/state/$"), lambda route: route.fulfill(status=503), times=1)
    with page.expect_response(lambda answer: answer.status == 503):
        press(board, "Start", number)
    # Asked again after eight seconds, though the socket is open.
    expect(there).to_contain_text("Being packed", timeout=15_000)


def test_the_order_page_takes_up_its_socket_again(demo, visit, pickers):
    """It shows what it has missed and hears what comes after, without a reload."""
    customer = visit("customer", {"width": 360, "height": 740})
    page, board = customer.page, pickers.page
    lines, refused, is_cut = [], [], False

    def lead(line) -> None:
        if is_cut:
            refused.append(line)
            line.close()
        else:
            line.connect_to_server()
            lines.append(line)

    page.route_web_socket(HERE(".*"), lead)
    # Nothing is asked every few seconds: what arrives, a socket has brought.
    page.add_init_script("window.setInterval = () => 0")
    buy(page, demo.shop("clover"))
    number = number_on(page)
    there = page.locator("[aria-current=step]")
    board.reload()
    press(all_orders(pickers), "Accept", number)
    expect(there).to_contain_text("Accepted by the shop")
    shown = there.inner_text()

    is_cut = True
    lines[0].close()
    press(board, "Start", number)
    # There was time to hear of it: the page has asked for its socket since, in vain.
    refused.clear()
    for _tenth in range(300):
        page.wait_for_timeout(100)
        if refused:
            break
    assert refused
    assert there.inner_text() == shown
    is_cut = False
    expect(there).to_contain_text("Being packed")
    press(board, "Ready", number)
    expect(there).to_contain_text("Ready to collect")
    assert len(lines) == 2


def test_a_shopkeeper_edits_and_publishes_a_page(demo, visit, viewport):
    owner, customer = visit("owner", viewport), visit("customer", viewport)
    words = f"Open at nine, says Priya on the {viewport['width']}"

    owner.page.goto(demo.shop("tamarind", "/admin/pages/"))
    sign_in(owner.page, "owner@tamarind.example")
    owner.page.goto(demo.shop("tamarind", "/admin/"))
    owner.picture("1-today")
    owner.page.goto(demo.shop("tamarind", "/admin/pages/"))
    # Wagtail leads to the one page at the top: the front page.
    owner.page.goto(f"{owner.page.url}edit/")
    heading = owner.page.locator("input[name$='-value-heading']").first
    heading.fill(words)
    owner.page.wait_for_timeout(300)
    owner.picture("2-editor")
    _press_publish(owner.page)

    customer.page.goto(demo.shop("tamarind"))
    expect(customer.page.get_by_role("heading", name=words)).to_be_visible()
    customer.picture("3-published")
    assert customer.troubles == []


def _press_publish(page: Page) -> None:
    page.get_by_role("button", name="More actions").last.click()
    page.get_by_role("button", name="Publish").first.click()
    page.wait_for_load_state("networkidle")


@pytest.fixture
def invitation_of():
    """Return a function that finds an owner's invitation: here, where an admin can."""

    def find(email: str, shop_page: Page) -> str:
        return shop_page.locator("#invitation-link").input_value()

    return find


def test_an_admin_opens_a_shop_and_its_owner_signs_in(
    demo, visit, viewport, invitation_of
):
    admin, owner = visit("admin", viewport), visit("owner", viewport)
    subdomain = f"dunmore-{viewport['width']}"

    admin.page.goto(demo.hub("/platform/"))
    sign_in(admin.page, people.ADMIN_EMAIL)
    admin.page.get_by_role("link", name=HERE("Open a shop")).first.click()
    admin.page.get_by_label(HERE("^(Shop's name|Name)")).first.fill("Dunmore Dairy")
    admin.page.locator("input[name=subdomain]").fill(subdomain)
    admin.page.locator("input[name=owner_name]").fill("Dara Dunne")
    admin.page.locator("input[name=owner_email]").fill(f"dara@{subdomain}.example")
    admin.page.keyboard.press("Tab")
    admin.page.wait_for_load_state("networkidle")
    admin.picture("1-form")
    admin.page.get_by_role("button", name=HERE("Open")).last.click()
    expect(admin.page.get_by_text(f"{subdomain}.localhost").first).to_be_visible()
    admin.picture("2-open")
    owner.page.goto(invitation_of(f"dara@{subdomain}.example", admin.page))
    owner.page.locator("input[type=password]").first.fill("a-dairy-of-my-own")
    for second in owner.page.locator("input[type=password]").all()[1:]:
        second.fill("a-dairy-of-my-own")
    owner.picture("3-password")
    owner.page.locator("form:has(input[type=password]) button[type=submit]").click()
    expect(owner.page).to_have_url(demo.shop(subdomain, "/admin/"))
    owner.page.wait_for_load_state("networkidle")
    owner.picture("4-workspace")

    owner.page.goto(demo.shop(subdomain))
    expect(
        owner.page.get_by_role("heading", name=HERE("Dunmore")).first
    ).to_be_visible()
    owner.picture("5-shop")
    assert admin.troubles == []
