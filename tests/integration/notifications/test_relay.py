"""The relay: each message once, whatever happens to its neighbours."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from notifications import handlers, outbox
from notifications.handlers import Lane
from notifications.models import Message
from notifications.services import dead_letters, relay
from tenants import context

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TURN = timedelta(seconds=10)


def post(dedupe_key="event", *, kind="test", **payload):
    with transaction.atomic():
        outbox.post(kind=kind, dedupe_key=dedupe_key, payload=payload, now=NOW)


def deliver(now=NOW, *, lane=Lane.INSIDE):
    return relay.deliver_due(clock=lambda: now, patience=TURN, lane=lane)


def only_message():
    return Message.objects.get()


@pytest.fixture
def seen(taking):
    keys = []
    taking("test", lambda payload, *, dedupe_key, now: keys.append(dedupe_key))
    return keys


def test_what_is_due_is_delivered_in_its_order_and_once(shop, seen):
    post("first")
    post("second")

    assert deliver().done == 2
    assert deliver().done == 0
    assert seen == ["first", "second"]


def test_a_failing_message_is_tried_again_later_and_delays_no_other(shop, seen, taking):
    def fail(payload, *, dedupe_key, now):
        raise ConnectionRefusedError("no mail server at smtp://me:hunter2@mail")

    taking("poison", fail)
    post("poison", kind="poison")
    post("fine")

    tally = deliver()

    poison = Message.objects.get(kind="poison")
    assert seen == ["fine"]
    assert (tally.done, tally.retried) == (1, 1)
    assert NOW <= poison.next_attempt_at <= NOW + timedelta(seconds=30)
    assert poison.last_error == (
        "ConnectionRefusedError: no mail server at smtp://***@mail"
    )


def test_what_goes_outside_waits_in_a_lane_of_its_own(shop, seen, taking):
    letters = []
    taking(
        "letter",
        lambda payload, *, dedupe_key, now: letters.append(dedupe_key),
        lane=Lane.OUTSIDE,
    )
    post("letter", kind="letter")
    post("news")

    assert deliver().done == 1
    assert (seen, letters) == (["news"], [])
    assert deliver(lane=Lane.OUTSIDE).done == 1
    assert letters == ["letter"]


def test_a_message_that_never_succeeds_becomes_a_dead_letter(shop, taking):
    def fail(payload, *, dedupe_key, now):
        raise OSError("broken")

    taking("test", fail)
    post()
    day = NOW
    for _attempt in range(relay.MAX_ATTEMPTS):
        deliver(day)
        day += timedelta(hours=6)

    assert only_message().state == Message.State.DEAD
    assert only_message().attempts == relay.MAX_ATTEMPTS
    assert deliver(day) == relay.Tally()


def test_a_message_that_cannot_be_delivered_is_a_dead_letter_at_once(shop, taking):
    def refuse(payload, *, dedupe_key, now):
        raise handlers.Undeliverable("no such mailbox")

    taking("test", refuse)
    post()

    assert deliver().dead == 1
    assert only_message().state == Message.State.DEAD
    assert only_message().last_error == "Undeliverable: no such mailbox"


def test_a_message_nobody_takes_says_so(shop):
    post(kind="unheard-of")

    assert deliver().dead == 1
    assert "unheard-of" in only_message().last_error


def test_a_message_whose_worker_died_is_another_s_when_the_lease_ends(
    shop, seen, settings
):
    post()
    relay.lease_next(now=NOW, lane=Lane.INSIDE)  # and the worker is killed here

    assert deliver(NOW + timedelta(seconds=settings.OUTBOX_LEASE - 1)).done == 0
    assert deliver(NOW + timedelta(seconds=settings.OUTBOX_LEASE)).done == 1
    assert seen == ["event"]


def test_a_message_that_kills_every_worker_ends_as_a_dead_letter(shop, seen):
    post()
    now = NOW
    for _attempt in range(relay.MAX_ATTEMPTS):
        assert relay.lease_next(now=now, lane=Lane.INSIDE) is not None
        now += timedelta(hours=1)

    assert deliver(now).dead == 1
    assert seen == []
    assert "worker died" in only_message().last_error


def test_a_relay_that_lost_its_lease_changes_nothing(shop, taking, settings):
    """The slow one's verdict must not undo the one who took over."""
    later = NOW + timedelta(seconds=settings.OUTBOX_LEASE)
    seen = []

    def slow(payload, *, dedupe_key, now):
        seen.append(now)
        if now == NOW:
            deliver(later)
            raise OSError("gave up at last")

    taking("test", slow)
    post()
    deliver()

    assert seen == [NOW, later]
    assert only_message().state == Message.State.DONE


def test_a_handler_may_not_run_inside_a_transaction(shop, taking):
    depths = []

    def look(payload, *, dedupe_key, now):
        depths.append(len(transaction.get_connection().savepoint_ids))

    taking("test", look)
    post()
    deliver()

    # The test's own transaction is the only one there is.
    assert depths == [0]


def test_a_confidential_payload_is_emptied_once_it_is_sent(shop, taking):
    def take(payload, *, dedupe_key, now):
        assert payload["link"] == "secret"

    taking("test", take, is_confidential=True)
    post(link="secret")
    deliver()

    assert only_message().payload == {}


@pytest.mark.parametrize(
    ("attempts", "longest"),
    [(1, 30), (2, 60), (10, 15_360), (11, 21_600), (40, 21_600)],
)
def test_delays_double_up_to_six_hours_and_are_spread(attempts, longest):
    long_since = timedelta(days=1)
    delays = [
        relay.delay_after(attempts, waited=long_since).total_seconds()
        for _sample in range(200)
    ]

    assert 0 <= min(delays) < longest / 4
    assert longest * 3 / 4 < max(delays) <= longest


@pytest.mark.parametrize("minutes", [1, 10, 60])
def test_an_outage_is_over_for_everybody_after_as_long_again(minutes):
    outage = timedelta(minutes=minutes)
    late = []
    for _message in range(300):
        waited, attempts = timedelta(), 1
        while waited < outage:
            waited += relay.delay_after(attempts, waited=waited)
            attempts += 1
        late.append(waited - outage)

    assert max(late) <= outage
    # Spread over the time after it, not all in its first moments.
    assert len({each // (outage / 10) for each in late}) >= 5


def test_a_dead_letter_sent_again_goes_out_once(shop, taking):
    working = []
    sent = []

    def work(payload, *, dedupe_key, now):
        if not working:
            raise handlers.Undeliverable("not yet")
        sent.append(dedupe_key)

    taking("test", work)
    post()
    deliver()
    working.append(True)

    assert dead_letters.replay(now=NOW) == 1
    assert dead_letters.replay(now=NOW) == 0
    deliver()
    deliver()

    assert sent == ["event"]


def test_each_shop_s_relay_delivers_its_own_messages(alder, birch, cedar, taking):
    seen = []

    def look(payload, *, dedupe_key, now):
        seen.append((payload["to"], context.current_shop().subdomain))

    taking("test", look)
    for shop in (alder, birch, cedar):
        with context.inside(shop):
            # The same key in each: alder's and birch's rows even share their ids.
            post(to=shop.subdomain)

    for shop in (alder, birch, cedar):
        with context.inside(shop):
            assert deliver().done == 1

    assert seen == [(name, name) for name in ("alder", "birch", "cedar")]


def test_stats_count_by_state(shop, taking, seen):
    post("done")
    deliver()
    post("dead", kind="unheard-of")
    deliver()
    post("due")

    stats = dead_letters.stats()

    assert (stats.due, stats.done, stats.dead) == (1, 1, 1)
    assert stats.oldest_due_at == NOW
