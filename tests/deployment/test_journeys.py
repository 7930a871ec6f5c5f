"""The journeys people make, through nginx and TLS, under production settings."""

import re

import pytest
from e2e.test_journeys import (
    pickers,
    sign_in,
    test_a_customer_buys_and_watches_the_order_become_ready,
    test_a_guest_buys_without_javascript,
    test_a_shopkeeper_edits_and_publishes_a_page,
    test_an_admin_opens_a_shop_and_its_owner_signs_in,
    test_the_order_page_takes_up_its_socket_again,
    test_where_sockets_are_blocked_the_order_page_asks_by_itself,
)
from support.watching import eventually

__all__ = [
    "pickers",
    "test_a_customer_buys_and_watches_the_order_become_ready",
    "test_a_guest_buys_without_javascript",
    "test_a_shopkeeper_edits_and_publishes_a_page",
    "test_an_admin_opens_a_shop_and_its_owner_signs_in",
    "test_the_order_page_takes_up_its_socket_again",
    "test_where_sockets_are_blocked_the_order_page_asks_by_itself",
]


@pytest.fixture
def invitation_of(smtp):
    """Return a function that finds an owner's invitation: in the letter they get."""

    def find(email: str, shop_page) -> str:
        def letter():
            return next((sent for sent in smtp.received if email in sent.recipients), 0)

        text = eventually(letter, what="a letter").parsed.get_body(("plain",))
        return re.search(r"https://\S+/account/\S+", text.get_content())[0]

    return find


def test_pages_come_by_http_2(demo, visit, viewport):
    page = visit("anybody", viewport).page

    page.goto(demo.hub())

    spoken = "performance.getEntriesByType('navigation')[0].nextHopProtocol"
    assert page.evaluate(spoken) == "h2"


def test_no_sign_in_of_the_demo_is_shown_online(demo, visit, viewport):
    page = visit("anybody", viewport).page

    page.goto(demo.shop("clover", "/account/login/"))

    assert "market-day-basket" not in page.content()
    sign_in(page, "owner@clover.example")
    page.wait_for_url(lambda address: "/account/login/" not in address)
