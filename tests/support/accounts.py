"""The pages of accounts at alder, as a browser uses them."""

import re

from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.test import Client

PASSWORD = "kelp-and-barley-19"
OWN, VICTIM = "carol@example.com", "victim@example.com"
SIGN_UP, ADDRESS, CODE = (
    "/account/signup/",
    "/account/email/",
    "/account/confirm-email/",
)
RESET, AGAIN = "/account/password/reset/", "/account/reauthenticate/"


def a_browser() -> Client:
    return Client(headers={"host": "alder.localhost"})


def sign_in(email: str, password: str = PASSWORD) -> Client:
    browser = a_browser()
    browser.post("/account/login/", {"login": email, "password": password})
    return browser


def sign_up(email: str) -> tuple[Client, HttpResponse]:
    browser = a_browser()
    return browser, browser.post(SIGN_UP, {"email": email, "password1": PASSWORD})


def ask_for(browser: Client, email: str) -> HttpResponse:
    return browser.post(ADDRESS, {"email": email, "action_add": ""})


def is_inside(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


def code_in(letter: EmailMessage) -> str:
    return re.search(r"^[A-Z]{4}-[A-Z]{4}$", letter.body, re.MULTILINE)[0]


def link_in(letter: EmailMessage) -> str:
    return re.search(r"http://alder\.localhost(\S+)", letter.body)[1]


def choose_password(browser: Client, path: str, password: str) -> HttpResponse:
    form = browser.get(path, follow=True)
    return browser.post(
        form.redirect_chain[-1][0], {"password1": password, "password2": password}
    )
