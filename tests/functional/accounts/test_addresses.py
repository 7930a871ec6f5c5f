"""Whose an e-mail address is: an account's only when its code was entered."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from support.accounts import (
    ADDRESS,
    AGAIN,
    CODE,
    OWN,
    PASSWORD,
    RESET,
    SIGN_UP,
    VICTIM,
    a_browser,
    ask_for,
    choose_password,
    code_in,
    is_inside,
    link_in,
    sign_in,
    sign_up,
)

from accounts.models import User


def addresses() -> set[tuple[str, str, bool]]:
    rows = EmailAddress.objects.values_list("user__email", "email", "verified")
    return set(rows)


# Making an account


def test_an_account_is_one_s_own_when_the_code_comes_back():
    browser, answer = sign_up("New@example.com")
    assert answer["Location"] == CODE
    assert not is_inside(browser)
    (letter,) = mail.outbox

    page = browser.get(CODE).text
    done = browser.post(CODE, {"code": code_in(letter).lower()})

    assert "We have written to new@example.com" in page
    assert letter.to == ["new@example.com"]
    assert done["Location"] == "/account/"
    assert is_inside(browser)
    assert addresses() == {("new@example.com", "new@example.com", True)}


def test_who_comes_back_without_the_code_is_sent_another():
    sign_up(VICTIM)
    later = sign_in(VICTIM)

    assert not is_inside(later)
    later.post(CODE, {"code": code_in(mail.outbox[-1])})

    assert len(mail.outbox) == 2
    assert is_inside(later)


def test_a_code_is_guessed_three_times():
    browser, _answer = sign_up(VICTIM)

    for _try in range(3):
        browser.post(CODE, {"code": "BBBB-BBBB"})
    late = browser.post(CODE, {"code": code_in(mail.outbox[0])})

    assert late["Location"] == "/account/login/"
    assert not is_inside(browser)


def test_another_code_can_be_asked_for_and_the_first_is_void():
    browser, _answer = sign_up(VICTIM)

    browser.post(CODE, {"action": "resend"})
    first, second = map(code_in, mail.outbox)
    browser.post(CODE, {"code": first})
    assert not is_inside(browser)
    browser.post(CODE, {"code": second})

    assert is_inside(browser)


def test_one_can_start_again_with_another_address():
    browser, _answer = sign_up("typo@example.com")
    page = browser.get(CODE).text

    browser.post("/account/logout/", {"next": SIGN_UP})
    again = browser.get(SIGN_UP)

    assert "Start again" in page
    assert again.status_code == 200


def test_signing_up_tells_nobody_who_has_an_account(customer):
    told = []
    for email in (OWN, "stranger@example.com"):
        browser, answer = sign_up(email)
        page = browser.get(CODE).text.replace(email, "EMAIL")
        wrong = browser.post(CODE, {"code": "BBBB-BBBB"}).text.replace(email, "EMAIL")
        page, wrong = (re.sub(r'value="\w{64}"', "", text) for text in (page, wrong))
        told.append((answer.status_code, answer["Location"], page, wrong))

    assert told[0] == told[1]
    assert [letter.subject for letter in mail.outbox] == [
        "You have an account at Alder Grocers",
        "Is this your address? Alder Grocers asks",
    ]
    customer.refresh_from_db()
    assert customer.check_password(PASSWORD)


# Another's address, given at sign-up


def test_whose_address_it_is_gets_the_account_and_all_of_it():
    thief, _answer = sign_up(VICTIM)
    owner = a_browser()

    owner.post(RESET, {"email": VICTIM})
    done = choose_password(owner, link_in(mail.outbox[-1]), "mine-" + PASSWORD)

    assert done["Location"] == "/account/"
    assert is_inside(owner)
    assert not is_inside(thief)
    assert not is_inside(sign_in(VICTIM))  # with the password the thief chose
    assert addresses() == {(VICTIM, VICTIM, True)}
    assert is_inside(sign_in(VICTIM, "mine-" + PASSWORD))


def test_a_new_password_ends_every_session(customer, signed_in):
    held = EmailAddress.objects.create(user=customer, email=VICTIM)
    ask_for(signed_in, "third@example.com")
    pending = code_in(mail.outbox[-1])
    owner = a_browser()
    owner.post(RESET, {"email": OWN})

    choose_password(owner, link_in(mail.outbox[-1]), "mine-" + PASSWORD)
    signed_in.post(CODE, {"code": pending})

    assert is_inside(owner)
    assert not is_inside(signed_in)
    assert not EmailAddress.objects.filter(pk=held.pk).exists()
    customer.refresh_from_db()
    assert customer.email == OWN


# Another's address, given for one's own account


@pytest.mark.parametrize("is_known", [True, False])
def test_a_new_address_counts_for_nothing_before_it_is_confirmed(signed_in, is_known):
    if is_known:
        User.objects.create_user(VICTIM, "other-" + PASSWORD)

    answer = ask_for(signed_in, VICTIM)

    assert answer["Location"] == CODE
    assert addresses() >= {(OWN, OWN, True)}
    assert not EmailAddress.objects.filter(user__email=OWN, email=VICTIM).exists()
    assert not is_inside(sign_in(VICTIM))
    for action in ("action_primary", "action_send", "action_remove"):
        tried = signed_in.post(ADDRESS, {"email": VICTIM, action: ""})
        assert tried["Location"] == ADDRESS
    mail.outbox.clear()
    a_browser().post(RESET, {"email": VICTIM})
    (letter,) = mail.outbox
    assert ("/password/reset/key/" in letter.body) is is_known
    if not is_known:
        browser, _made = sign_up(VICTIM)
        browser.post(CODE, {"code": code_in(mail.outbox[-1])})
        assert is_inside(browser)


def test_a_known_and_an_unknown_new_address_are_answered_alike(signed_in):
    User.objects.create_user(VICTIM, "other-" + PASSWORD)
    told = []
    for email in (VICTIM, "stranger@example.com"):
        answer = ask_for(signed_in, email)
        page = signed_in.get(CODE).text.replace(email, "EMAIL")
        page = re.sub(r'value="\w{64}"', "", page)
        told.append((answer.status_code, answer["Location"], page))

    assert told[0] == told[1]
    assert [letter.to for letter in mail.outbox] == [[VICTIM], ["stranger@example.com"]]


def test_an_address_is_changed_by_the_code_sent_there(customer, signed_in):
    page = signed_in.get(ADDRESS).text
    ask_for(signed_in, "New@example.com")

    done = signed_in.post(CODE, {"code": code_in(mail.outbox[-1])})

    assert f"You sign in as {OWN}" in page
    assert done["Location"] == "/account/"
    assert "new@example.com" in signed_in.get("/account/").text
    assert addresses() == {("new@example.com", "new@example.com", True)}
    assert is_inside(sign_in("new@example.com"))
    assert not is_inside(sign_in(OWN))


def test_a_change_of_address_asks_for_the_password_and_goes_on(customer):
    browser = sign_in(OWN)
    mail.outbox.clear()

    asked = ask_for(browser, "new@example.com")
    assert asked["Location"].startswith(AGAIN)
    page = browser.get(asked["Location"]).text
    assert "enter your password once more" in page
    assert f'name="next" value="{ADDRESS}"' in page
    wrong = browser.post(AGAIN, {"password": "not-" + PASSWORD, "next": ADDRESS})
    assert wrong.status_code == 200
    assert mail.outbox == []

    # What was asked for before is not asked for again.
    done = browser.post(AGAIN, {"password": PASSWORD, "next": ADDRESS})
    assert done["Location"] == CODE
    assert [letter.to for letter in mail.outbox] == [["new@example.com"]]


def test_the_old_address_is_told_where_letters_go_now(signed_in):
    ask_for(signed_in, "new@example.com")
    signed_in.post(CODE, {"code": code_in(mail.outbox.pop())})

    (letter,) = mail.outbox
    assert letter.to == [OWN]
    assert letter.subject == "Your account at Alder Grocers has another address now"
    assert "new@example.com" in letter.body
    assert "no longer signs in" in letter.body


def test_an_address_that_was_changed_for_somebody_opens_nothing_any_more(customer):
    customer.email = "new@example.com"
    customer.save()

    assert addresses() == set()
    browser = sign_in("new@example.com")
    assert not is_inside(browser)
    browser.post(CODE, {"code": code_in(mail.outbox[-1])})
    assert is_inside(browser)
    assert not is_inside(sign_in(OWN))


@pytest.mark.parametrize("is_at_once", [False, True])
def test_an_address_that_became_another_s_meanwhile_stays_theirs(
    customer, signed_in, monkeypatch, is_at_once
):
    ask_for(signed_in, VICTIM)
    User.objects.create_user(VICTIM, "other-" + PASSWORD)
    if is_at_once:
        # Both were looked at before either was written.
        EmailAddress.objects.filter(email=VICTIM).delete()
        monkeypatch.setattr(
            "allauth.account.forms.email_already_exists", lambda **_asked: None
        )

    answer = signed_in.post(CODE, {"code": code_in(mail.outbox[0])})

    assert answer.status_code == (302 if is_at_once else 200)
    customer.refresh_from_db()
    assert customer.email == OWN
    assert EmailAddress.objects.get(user=customer).primary


def test_two_who_sign_up_at_once_are_one_account(monkeypatch):
    # Both were looked at before either was saved.
    monkeypatch.setattr(
        "allauth.account.internal.flows.manage_email.email_already_exists",
        lambda email, **_asked: (email, False),
    )

    answers = [sign_up(VICTIM)[1], sign_up(VICTIM)[1]]

    assert [answer["Location"] for answer in answers] == [CODE, CODE]
    assert User.objects.filter(email=VICTIM).count() == 1
