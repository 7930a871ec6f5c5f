"""What may follow what in an order's life, and what each step does."""

import pytest
from factories import selling

from notifications.models import Message
from storefront.commerce import invariants, life
from storefront.oscar_apps.order.models import OrderStatus
from storefront.oscar_apps.partner.models import StockRecord
from storefront.oscar_apps.payment.models import Source, Transaction

pytestmark = pytest.mark.usefixtures("shop")

ACTOR = life.Actor(user=None, name="Olive")
WAY = [
    OrderStatus.ACCEPTED,
    OrderStatus.PICKING,
    OrderStatus.READY,
    OrderStatus.COLLECTED,
]


def brought_to(order, status):
    for step in WAY[: WAY.index(status) + 1] if status in WAY else []:
        order = life.advance(
            order_id=order.pk, to=step, actor=ACTOR, now=selling.later(5)
        )
    return order


def test_an_order_goes_its_way_and_is_paid_at_the_end():
    apples = selling.a_product(stock=10)
    order = selling.an_order((apples, 3))

    order = brought_to(order, OrderStatus.COLLECTED)

    record = StockRecord.objects.get(product=apples)
    assert (record.num_in_stock, record.num_allocated) == (7, 0)
    source = Source.objects.get(order=order)
    assert source.amount_debited == order.total_incl_tax
    paid = Transaction.objects.get(source=source)
    assert (paid.txn_type, paid.amount) == (Transaction.DEBIT, order.total_incl_tax)
    log = list(order.status_changes.order_by("pk").values_list("new_status", flat=True))
    assert log == [OrderStatus.PLACED, *WAY]
    assert invariants.breaches() == []


def test_each_step_says_who_and_when_and_tells_the_pages():
    order = selling.an_order()

    life.advance(
        order_id=order.pk,
        to=OrderStatus.ACCEPTED,
        actor=ACTOR,
        now=selling.later(5),
        note="Early",
    )

    order.refresh_from_db()
    change = order.status_changes.order_by("pk").last()
    assert order.status_changed_at == change.date_created == selling.later(5)
    assert (change.actor_name, change.note) == ("Olive", "Early")
    groups = [m.payload["group"] for m in Message.objects.filter(kind="live")]
    assert sorted(groups) == ["board", "board", f"order.{order.public_reference}"]


def test_the_customer_gets_a_letter_when_it_is_ready():
    order = brought_to(selling.an_order(), OrderStatus.READY)

    letters = Message.objects.filter(kind="order_mail").order_by("pk")

    assert [m.payload["what"] for m in letters] == ["confirmation", "ready"]
    assert order.status == OrderStatus.READY


@pytest.mark.parametrize("state", [OrderStatus.PLACED, *WAY[:-1]])
def test_cancelling_gives_everything_back(state):
    apples = selling.a_product(stock=10)
    order = brought_to(selling.an_order((apples, 3)), state)

    life.cancel(order_id=order.pk, actor=ACTOR, now=selling.later(9), reason="Closed")

    record = StockRecord.objects.get(product=apples)
    assert (record.num_in_stock, record.num_allocated) == (10, 0)
    assert Source.objects.get(order=order).amount_allocated == 0
    assert not order.lines.filter(num_allocated__gt=0).exists()
    assert order.lines.get().allocation_cancelled
    what = [m.payload["what"] for m in Message.objects.filter(kind="order_mail")]
    assert what.count("cancelled") == 1
    order.booking.refresh_from_db()
    assert order.booking.released_at == selling.later(9)
    assert order.booking.slot.booked == 0
    assert invariants.breaches() == []


@pytest.mark.parametrize(
    ("state", "to"),
    [
        (OrderStatus.PLACED, OrderStatus.READY),
        (OrderStatus.PLACED, OrderStatus.PLACED),
        (OrderStatus.READY, OrderStatus.ACCEPTED),
        (OrderStatus.COLLECTED, OrderStatus.COLLECTED),
        (OrderStatus.PLACED, OrderStatus.CANCELLED),
    ],
)
def test_a_step_out_of_turn_is_refused(state, to):
    order = brought_to(selling.an_order(), state)

    with pytest.raises(life.NotNow) as no:
        life.advance(order_id=order.pk, to=to, actor=ACTOR, now=selling.later(9))

    assert no.value.data["state"] == state
    assert order.number in str(no.value)


@pytest.mark.parametrize("state", [OrderStatus.COLLECTED, OrderStatus.CANCELLED])
def test_an_ended_order_is_not_cancelled(state):
    apples = selling.a_product(stock=10)
    order = selling.an_order((apples, 3))
    if state == OrderStatus.CANCELLED:
        life.cancel(order_id=order.pk, actor=ACTOR, now=selling.later(9))
    else:
        brought_to(order, state)
    before = StockRecord.objects.values().get(product=apples)

    with pytest.raises(life.NotNow):
        life.cancel(order_id=order.pk, actor=ACTOR, now=selling.later(10))

    assert StockRecord.objects.values().get(product=apples) == before
    assert invariants.breaches() == []
