"""Letters to people who did not ask for them, and to those who must be told."""

from pathlib import Path

import allauth
import pytest
from django.core import mail
from django.test import Client
from factories import staff
from support.accounts import (
    OWN,
    PASSWORD,
    RESET,
    VICTIM,
    a_browser,
    ask_for,
    choose_password,
    is_inside,
    link_in,
    sign_in,
)

from accounts.adapter import AccountAdapter
from accounts.models import User


@pytest.fixture
def only_ours(settings) -> None:
    """Count what the network limits; allauth, which would refuse before, does not."""
    settings.QUICKCART_LIMITS = True
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture
def support() -> Client:
    """The browser of who supports the shop."""
    return staff.signed_in(User.objects.create_superuser("support@example.com"))


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


def test_there_is_a_letter_for_each_change_allauth_knows(customer):
    templates = Path(allauth.__file__).parent / "templates"
    told = [
        file.relative_to(templates).as_posix().removesuffix("_message.txt")
        for file in templates.glob("*/email/*_message.txt")
        if "base_notification" in file.read_text()
    ]
    assert {"account/email/email_deleted", "mfa/email/totp_activated"} < {*told}

    for prefix in told:
        AccountAdapter().send_notification_mail(prefix, customer)

    assert [letter.to for letter in mail.outbox] == [[OWN]] * len(told)
    subjects = {letter.subject for letter in mail.outbox}
    assert "Your account at Alder Grocers was changed" in subjects


def a_person(email: str) -> dict[str, str]:
    """Fill the workspace's form about somebody, with a password that it lacks."""
    chosen = dict.fromkeys(("password1", "password2"), "nori-and-rye-20")
    name = {"first_name": "Carol", "last_name": "Byrne"}
    return {"email": email, "is_active": "on", **name, **chosen}


def test_who_supports_a_shop_changes_an_address_and_the_old_one_is_told(
    customer, support
):
    path = f"/admin/users/edit/{customer.pk}/"

    assert support.post(path, a_person("new@example.com")).status_code == 302

    (letter,) = mail.outbox
    assert letter.to == [OWN]
    assert letter.subject == "Your account at Alder Grocers has another address now"
    assert "new@example.com" in letter.body
    customer.refresh_from_db()
    assert customer.email == "new@example.com"
    assert customer.check_password(PASSWORD)

    # Another change of the account is none of its address.
    support.post(path, a_person("new@example.com"))
    assert len(mail.outbox) == 1


def test_whoever_is_given_an_account_in_the_workspace_chooses_its_password(support):
    assert "password" not in support.get("/admin/users/new/").text.lower()
    support.post("/admin/users/new/", a_person(OWN))
    assert not is_inside(sign_in(OWN, "nori-and-rye-20"))
    assert not is_inside(sign_in(OWN, ""))

    browser = a_browser()
    browser.post(RESET, {"email": OWN})
    choose_password(browser, link_in(mail.outbox[-1]), PASSWORD)

    assert is_inside(sign_in(OWN))
