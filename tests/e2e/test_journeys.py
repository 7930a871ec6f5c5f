"""What people come for, from the first page to the last, in a real browser."""


def test_the_hub_leads_to_a_shop(demo, visit, viewport):
    customer = visit("customer", viewport)
    page = customer.page

    page.goto(demo.hub())
    page.get_by_role("link", name="Clover & Wrack").first.click()

    assert page.url == demo.shop("clover")
    assert page.locator("h1").is_visible()
    assert customer.troubles == []
