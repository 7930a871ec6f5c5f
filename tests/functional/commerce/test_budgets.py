"""What the pages of a purchase may ask of the database."""

import pytest
from django.test import Client
from factories import selling

from tenants import context

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("monday_morning"),
]


@pytest.fixture
def buyer(alder):
    """A visitor with eight lines in the basket."""
    visitor = Client(headers={"host": "alder.localhost"})
    with context.inside(alder):
        goods = [
            selling.a_product(title=f"Apples no. {number}", price="2.50", stock=10)
            for number in range(8)
        ]
    for product in goods:
        visitor.post("/basket/add/", {"product": product.pk, "quantity": 1})
    return visitor


@pytest.mark.parametrize(
    ("address", "budget"), [("/basket/", 12), ("/checkout/", 18), ("/basket/bar/", 6)]
)
def test_a_page_of_eight_lines_keeps_to_its_budget(
    buyer, address, budget, django_assert_max_num_queries
):
    with django_assert_max_num_queries(budget):
        page = buyer.get(address)

    assert page.status_code == 200
