"""Letters to people who did not ask for them, and to those who must be told."""

import pytest
from django.core import mail
from support.accounts import OWN, PASSWORD, RESET, VICTIM, a_browser, ask_for, link_in

from accounts.models import User


@pytest.fixture
def only_ours(settings) -> None:
    """Count what the network limits; allauth, which would refuse before, does not."""
    settings.QUICKCART_LIMITS = True
    settings.ACCOUNT_RATE_LIMITS = False


def test_an_account_has_five_strangers_written_to(signed_in):
    answers = [ask_for(signed_in, f"one{n}@example.com") for n in range(7)]

    assert [answer.status_code for answer in answers] == [302] * 5 + [429] * 2
    assert len(mail.outbox) == 5


@pytest.mark.parametrize("is_known", [True, False])
def test_all_shops_together_write_to_nobody_without_end(birch, only_ours, is_known):
    if is_known:
        User.objects.create_user(VICTIM, PASSWORD)

    answers = [
        a_browser().post(
            RESET,
            {"email": VICTIM},
            headers={"host": f"{shop}.localhost"},
            REMOTE_ADDR=f"192.0.2.{number}",
        )
        for number in range(6)
        for shop in ("alder", "birch")
    ]

    assert [answer.status_code for answer in answers] == [302] * 10 + [429] * 2
    assert len(mail.outbox) == 10


def test_one_address_has_all_shops_write_sixty_letters_an_hour(birch, only_ours):
    answers = [
        a_browser().post(
            RESET,
            {"email": f"one{number}@example.com"},
            headers={"host": ("alder.localhost", "birch.localhost")[number % 2]},
        )
        for number in range(62)
    ]

    assert [answer.status_code for answer in answers] == [302] * 60 + [429] * 2
    assert len(mail.outbox) == 60


def test_no_limit_hides_a_changed_password(signed_in, only_ours):
    asked = [a_browser().post(RESET, {"email": OWN}) for _each in range(11)]
    assert asked[-1].status_code == 429
    mail.outbox.clear()

    changed = signed_in.post(
        "/account/password/change/",
        {
            "oldpassword": PASSWORD,
            "password1": "nori-and-rye-20",
            "password2": "nori-and-rye-20",
        },
    )

    assert changed.status_code == 302
    (letter,) = mail.outbox
    assert letter.to == [OWN]
    assert letter.subject == "Your password at Alder Grocers was changed"
    assert link_in(letter).endswith(RESET)
