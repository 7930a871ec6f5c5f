"""The post office's counter on the command line."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from kernel import clock
from notifications import outbox
from notifications.handlers import Lane
from notifications.models import Message
from notifications.services import relay
from quickcart.observability import figures
from tenants import context


def run(*arguments):
    out = io.StringIO()
    call_command("outbox", *arguments, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def _dead_letters(alder, birch, cedar):
    """One dead letter, with the same id, in alder and birch."""
    Message.objects.all().delete()
    for shop in (alder, birch):
        with context.inside(shop):
            with transaction.atomic():
                outbox.post(
                    kind="unheard-of",
                    dedupe_key=f"of {shop.subdomain}",
                    payload={},
                    now=clock.now(),
                )
            relay.deliver_due(
                clock=clock.now, patience=timedelta(seconds=30), lane=Lane.INSIDE
            )


@pytest.mark.usefixtures("_dead_letters")
def test_stats_show_the_hub_and_every_shop():
    assert run("stats") == [
        "hub: 0 due, 0 done, 0 dead",
        "alder: 0 due, 0 done, 1 dead",
        "birch: 0 due, 0 done, 1 dead",
        "cedar: 0 due, 0 done, 0 dead",
    ]


@pytest.mark.usefixtures("_dead_letters")
def test_list_names_each_dead_letter_and_its_reason():
    (line,) = run("list", "--shop", "birch")

    assert line.startswith("birch ")
    assert "of birch" in line
    assert "Nobody takes" in line


@pytest.mark.usefixtures("_dead_letters")
def test_replay_of_an_id_touches_one_shop_only(alder, birch):
    with context.inside(alder):
        letter = Message.objects.get()

    assert run("replay", "--shop", "alder", "--id", str(letter.pk)) == [
        "alder: 1 replayed"
    ]
    with context.inside(birch):
        assert Message.objects.get().state == Message.State.DEAD


def _dead(shop):
    with context.inside(shop):
        return Message.objects.get()


@pytest.mark.usefixtures("_dead_letters")
def test_what_is_dropped_is_named_done_with_and_sets_off_no_alert(alder, birch, caplog):
    letter = _dead(alder)
    assert figures.ask_database().dead == 2

    said = run("drop", "--shop", "alder", "--id", str(letter.pk))

    assert said == [f"alder: {letter.pk} unheard-of of alder dropped"]
    assert f"dead letter {letter.pk} (unheard-of) is dropped" in caplog.text
    assert _dead(birch).state == Message.State.DEAD
    assert figures.ask_database().dead == 1
    run("drop", "--shop", "birch", "--id", str(_dead(birch).pk))
    assert figures.ask_database().dead == 0


@pytest.mark.usefixtures("_dead_letters")
def test_what_was_dropped_is_not_sent_nor_written_again_and_goes_in_the_end(alder):
    letter = _dead(alder)
    with context.inside(alder):
        Message.objects.update(payload={"to": "ana@example.com"})
    run("drop", "--shop", "alder", "--id", str(letter.pk))

    assert run("replay", "--shop", "alder") == ["alder: 0 replayed"]
    with context.inside(alder):
        with transaction.atomic():
            outbox.post(
                kind="news", dedupe_key="of alder", payload={"a": 1}, now=clock.now()
            )
        assert Message.objects.get().payload == {}
    assert run("prune", "--shop", "alder", "--days", "0") == ["alder: 1 deleted"]


@pytest.mark.parametrize("state", [Message.State.DUE, Message.State.DONE])
@pytest.mark.usefixtures("_dead_letters")
def test_only_dead_letters_are_dropped(alder, state):
    letter = _dead(alder)
    with context.inside(alder):
        is_done = state == Message.State.DONE
        other = Message.objects.create(
            kind="live",
            dedupe_key="another",
            state=state,
            created_at=clock.now(),
            next_attempt_at=clock.now(),
            done_at=clock.now() if is_done else None,
        )

    both = ["--id", str(letter.pk), "--id", str(other.pk)]
    with pytest.raises(CommandError, match=f"alder: no dead letter: {other.pk}"):
        run("drop", "--shop", "alder", *both)

    with context.inside(alder):
        assert Message.objects.get(pk=other.pk).state == state
        assert Message.objects.get(pk=letter.pk).state == Message.State.DEAD


@pytest.mark.usefixtures("_dead_letters")
def test_nothing_is_dropped_unnamed(alder):
    with pytest.raises(CommandError, match="Say which"):
        run("drop", "--shop", "alder")

    assert _dead(alder).state == Message.State.DEAD


def test_an_id_without_a_shop_is_refused(db):
    with pytest.raises(CommandError, match="--shop"):
        run("replay", "--id", "1")


def test_an_unknown_shop_is_named(db):
    with pytest.raises(CommandError, match="elsewhere"):
        run("stats", "--shop", "elsewhere")
