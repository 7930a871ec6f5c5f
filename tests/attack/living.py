"""Somebody nobody could be called like, who does everything a person does in a shop.

They sign up, mistype, forget, order, are refused and break things, on the product's
own programs; whatever they come to know on the way is kept, to be searched for.
"""

import asyncio
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from attack.sockets import Room
from chaos import forms
from django.db import connection
from support.ground import Filled
from support.network import Network
from support.smtp import SmtpServer

from tenants import context

#: What a letter says that nobody else may know.
RESET_LINK = re.compile(r"alder\.localhost(?::\d+)?(/\S+/password/reset/key/\S+)")
CODE = re.compile(r"^([A-Z]{4}-[A-Z]{4})\r?$", re.MULTILINE)
#: Seconds a letter may take.
PATIENCE = 60


@dataclass
class Person:
    """Somebody nobody could be called like, and what they come to know."""

    tag: str = field(default_factory=lambda: uuid.uuid4().hex[:10])
    learnt: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        digits = str(int(self.tag, 16))
        self.learnt |= {
            "e-mail": f"canary.{self.tag}@example.com",
            "name": f"Canary{self.tag}",
            "phone": f"+353 86 {digits[:3]} {digits[3:7]}",
            # Nothing like the address, or they would not be taken.
            "password": uuid.uuid4().hex,
            "next password": uuid.uuid4().hex,
            "mistyped password": uuid.uuid4().hex,
            "note": f"Ring at canary {self.tag}s door",
            "strange e-mail": f"canary-{self.tag}@Strange.example",
        }

    def __getitem__(self, name: str) -> str:
        return self.learnt[name]

    def spellings(self) -> dict[str, list[str]]:
        """Return what to search for: as it is, and as addresses spell it."""
        return {
            name: list({value, value.lower(), value.replace("@", "%40"), _bare(value)})
            for name, value in self.learnt.items()
        }


def _bare(value: str) -> str:
    return value.replace(" ", "") if value.startswith("+") else value


class Visitor:
    """A browser of the person's, on the shop's host, that reads forms."""

    def __init__(self, network: Network, shop: Filled) -> None:
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{network.port}",
            headers={"host": shop.host["host"], "x-forwarded-for": "192.0.2.70"},
            timeout=60,
        )
        self.cookies: dict[str, str] = {}

    def _keep(self, answer: httpx.Response) -> httpx.Response:
        # By hand: the client's own jar thinks of the address it connects to.
        for line in answer.headers.get_list("set-cookie"):
            name, _is, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def _told(self) -> dict[str, str]:
        self.client.cookies.clear()
        return {"cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}

    def get(self, path: str) -> httpx.Response:
        return self._keep(self.client.get(path, headers=self._told()))

    def post(self, path: str, data: dict[str, str]) -> httpx.Response:
        return self._keep(self.client.post(path, data=data, headers=self._told()))

    def fill(self, page: str, action: str, **fields: str) -> httpx.Response:
        form = forms.find(self.get(page).text, action=action)
        first = {
            name: next((each for each in choices if each), "")
            for name, choices in form.choices.items()
        }
        return self.post(action, form.filled(**{**first, **form.fields, **fields}))


def live(
    network: Network, alder: Filled, person: Person, post: SmtpServer
) -> list[str]:
    """Do everything a person does; return what was done."""
    visitor = Visitor(network, alder)
    done = [*_with_an_account(visitor, person, post)]
    done += _with_an_order(visitor, network, alder, person)
    done += _with_mistakes(visitor, alder, person)
    post.faults.answers["RCPT"] = [f"550 no such user {person['e-mail']}"] * 3
    visitor.fill(*_RESET, email=person["e-mail"])
    _wait(lambda: not post.faults.answers["RCPT"][2:])
    return [*done, "a letter is refused"]


_LOGIN = ("/account/login/", "/account/login/")
_CONFIRM = ("/account/confirm-email/", "/account/confirm-email/")
_RESET = ("/account/password/reset/", "/account/password/reset/")


def _with_an_account(
    visitor: Visitor, person: Person, post: SmtpServer
) -> Iterator[str]:
    yield _is(
        visitor.fill(
            "/account/signup/",
            "/account/signup/",
            email=person["e-mail"],
            password1=person["password"],
        ),
        302,
        "signs up",
    )
    person.learnt["code"] = _wait(lambda: _told(post, person, CODE))
    yield _is(visitor.fill(*_CONFIRM, code=person["code"]), 302, "confirms")
    _learn(visitor, person, "first")
    visitor.cookies.clear()
    yield _is(
        visitor.fill(
            *_LOGIN, login=person["e-mail"], password=person["mistyped password"]
        ),
        200,
        "mistypes",
    )
    yield _is(
        visitor.fill(*_LOGIN, login=person["e-mail"], password=person["password"]),
        302,
        "signs in",
    )
    _learn(visitor, person, "second")
    visitor.cookies.clear()
    yield _is(visitor.fill(*_RESET, email=person["e-mail"]), 302, "forgets")
    link = _wait(lambda: _told(post, person, RESET_LINK))
    person.learnt["reset token"] = link.rstrip("/").rpartition("-")[2]
    landed = visitor.get(link)
    form = landed.headers.get("location", link)
    yield _is(
        visitor.fill(
            form,
            form,
            password1=person["next password"],
            password2=person["next password"],
        ),
        302,
        "chooses anew",
    )
    _learn(visitor, person, "third")


def _with_an_order(
    visitor: Visitor, network: Network, alder: Filled, person: Person
) -> Iterator[str]:
    visitor.cookies.clear()
    visitor.post("/basket/add/", {"product": str(alder.keys["product"])})
    person.learnt["basket cookie"] = visitor.cookies["basket"]
    facts = {
        "name": person["name"],
        "email": person["e-mail"],
        "phone": person["phone"],
    }
    facts |= {"note": person["note"]}
    place = "/checkout/place/"
    yield _is(
        visitor.fill("/checkout/", place, **facts | {"email": "no address"}),
        422,
        "is refused",
    )
    placed = visitor.fill("/checkout/", place, **facts)
    yield _is(placed, 302, "orders")
    order = placed.headers["location"]
    person.learnt["order link"] = order.split("/")[2]
    yield _is(visitor.get(order), 200, "looks")
    yield _is(visitor.get(f"{order}calendar.ics"), 200, "notes it down")
    room = Room(network, alder, "192.0.2.70")
    asyncio.run(room.is_open_to(f"/ws{order}"))
    asyncio.run(room.is_open_to(f"/ws{order}", origin="http://evil.example"))
    yield "watches"
    token = {"csrfmiddlewaretoken": visitor.cookies["csrftoken"]}
    yield _is(visitor.post(f"{order}cancel/", token), 302, "cancels")


def _with_mistakes(visitor: Visitor, alder: Filled, person: Person) -> Iterator[str]:
    """Break things with the canaries in hand."""
    mail, name = person["e-mail"], person["name"]
    wrong = [
        f"/no/{mail}/",
        f"/no/{person['strange e-mail']}/",
        f"/shop/search/?q={name}%00",
        f"/account/login/?login={mail}",
    ]
    wrong += [
        f"/orders/{person['order link'][:-1]}0/nothing/",
        f"/orders/{person['order link']}/nothing/",
        f"/account/password/reset/{person['reset token']}/",
        f"/account/signup/?x={mail}%00",
    ]
    for path in wrong:
        visitor.get(path)
    yield "asks for what is not there"
    visitor.post("/checkout/place/", {"name": f"{name}\x00", "email": mail})
    visitor.post("/account/login/", {"login": mail, "password": person["password"]})
    yield "sends what is no form"
    with _unwilling_table(alder):
        visitor.cookies.clear()
        visitor.post("/basket/add/", {"product": str(alder.keys["product"])})
        facts = {"name": name, "email": mail, "phone": person["phone"]}
        crash = visitor.fill(
            "/checkout/", "/checkout/place/", **facts, note=person["note"]
        )
    yield _is(crash, 500, "breaks the shop")


@contextmanager
def _unwilling_table(alder: Filled) -> Iterator[None]:
    """Let the database refuse every order, and say which row, as it likes to."""
    _alter(alder, "ADD CONSTRAINT unwilling CHECK (number = '') NOT VALID")
    try:
        yield
    finally:
        _alter(alder, "DROP CONSTRAINT unwilling")


def _alter(alder: Filled, change: str) -> None:
    with context.inside(alder.shop), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE order_order {change}")


def _learn(visitor: Visitor, person: Person, which: str) -> None:
    for name, value in visitor.cookies.items():
        if value and name in {"sessionid", "csrftoken"}:
            person.learnt[f"{which} {name}"] = value


def _is(answer: httpx.Response, status: int, words: str) -> str:
    if answer.status_code != status:
        text = re.sub(r"<[^>]+>|\s+", " ", answer.text)[:600]
        message = f"{words}: {answer.status_code}, {text}"
        raise AssertionError(message)
    return words


def _told(post: SmtpServer, person: Person, what: re.Pattern[str]) -> str:
    """Return what a letter to the person says; nothing while there is none."""
    # What others were to be sent before goes out now, too.
    theirs = (each for each in post.received if person["e-mail"] in each.recipients)
    for letter in theirs:
        body = letter.parsed.get_body(("plain",))
        if found := what.search(body.get_content() if body else ""):
            return found[1]
    return ""


def _wait(ask: Any) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := ask():
            return answer
        time.sleep(0.2)
    message = "It did not happen in time."
    raise AssertionError(message)
