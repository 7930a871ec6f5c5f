"""Doors that lead on: never to another host, whatever they are asked."""

import re
from collections.abc import Iterator
from itertools import product as every

from attack import stage
from attack.doors import EVIL
from attack.ground import uncounted, undone
from attack.stage import none
from django.http import HttpResponse
from support.ground import PASSWORD, Filled
from support.verdicts import Check, Verdict, at_least, exactly, told

from accounts.models import User

#: What may stand in front of a host that is not ours, in a browser's eyes.
TARGETS = (
    f"https://{EVIL}/",
    f"//{EVIL}/",
    f"/\\{EVIL}",
    f"\\\\{EVIL}",
    f"///{EVIL}",
    f"/\t/{EVIL}",
    f"http:{EVIL}",
    f"https://alder.localhost@{EVIL}/",
    f"https://alder.localhost.{EVIL}/",
    "http://birch.localhost/",
    "http://localhost/",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
)
#: A place of ours that a door may lead to, and how many of them do when asked.
OURS, LEADING = "/shop/search/?q=bread", 3
REDIRECTING = (
    "/account/login/",
    "/account/logout/",
    "/account/signup/",
    "/account/reauthenticate/",
    "/account/password/change/",
    "/account/email/",
    "/basket/add/",
    "/basket/update/",
    "/admin/login/",
    "/admin/logout/",
    "/admin/pages/{page}/delete/",
    "/admin/pages/{page}/unpublish/",
    "/admin/pages/{page}/lock/",
    "/admin/images/",
)


def open_redirects(*, small: bool) -> Iterator[Verdict]:
    """Ask every door that leads on to lead to another host."""
    led: list[str] = []
    tried, signed_in = 0, 0
    with stage.opened() as opened, uncounted():
        alder = opened.ground.shops["alder"]
        targets = TARGETS[:3] if small else TARGETS
        for target, path in every(targets, _redirecting(alder)):
            for who in (None, alder.customer, alder.owner):
                answers = _asked_to_lead(alder, path, target, who=who)
                tried += len(answers)
                led += [
                    f"{path} {target!r}: {answer['Location']}"
                    for answer in answers
                    if leads_away(answer)
                ]
                if path == "/account/login/" and who is None:
                    signed_in += is_signed_in(answers[-1])
        followed = {
            path
            for path, who in every(_redirecting(alder), (None, alder.owner))
            for answer in _asked_to_lead(alder, path, OURS, who=who)
            if answer.headers.get("Location") == OURS
        }
        for path in (f"//{EVIL}/x", f"//{EVIL}/..", f"/%5c{EVIL}", f"/.//{EVIL}/about"):
            answer = alder.browser().get("/", PATH_INFO=path)
            tried += 1
            led += [path] if leads_away(answer) else []
    yield told("doors: redirects asked for", tried, "asks")
    yield none("doors: redirects to another host", led)
    # Who was turned away at the door was led nowhere, and told nothing of where.
    name = "doors: sign-ins among them that lead on to ourselves"
    yield exactly(name, signed_in, "sign-ins", len(targets))
    yield at_least("doors: doors that lead on at all", len(followed), "doors", LEADING)


def _redirecting(alder: Filled) -> list[str]:
    return [path.format(**alder.keys) for path in REDIRECTING]


def _asked_to_lead(
    alder: Filled, path: str, target: str, *, who: User | None
) -> list[HttpResponse]:
    """Ask a door, and post to it, with a wish where to go from there."""
    fields = {"next": target, "product": alder.keys["product"]}
    if path == "/account/login/" and who is None:
        fields |= {"login": alder.customer.email, "password": PASSWORD}
    more = {"QUERY_STRING": f"next={target}", "HTTP_REFERER": target}
    with undone():
        client = alder.browser(who)
        return [client.get(path, {"next": target}), client.post(path, fields, **more)]


def is_signed_in(answer: HttpResponse) -> bool:
    """Say whether a sign-in was taken and leads on, to a place of ours."""
    is_led = answer.status_code == 302 and not leads_away(answer)
    return is_led and "sessionid" in answer.cookies


def leads_away(answer: HttpResponse) -> bool:
    target = answer.headers.get("Location", "")
    return bool(target) and not re.match(
        r"(?:/(?![/\\\t])|\?|https?://alder\.localhost(?::\d+)?(?:/|$))", target
    )


CHECKS = [Check("doors: open redirects", open_redirects)]
