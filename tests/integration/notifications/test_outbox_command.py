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


def test_an_id_without_a_shop_is_refused(db):
    with pytest.raises(CommandError, match="--shop"):
        run("replay", "--id", "1")


def test_an_unknown_shop_is_named(db):
    with pytest.raises(CommandError, match="elsewhere"):
        run("stats", "--shop", "elsewhere")
