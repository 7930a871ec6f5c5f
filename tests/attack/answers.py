"""What becomes of a case: who has read it, and what its answer must not show."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from attack import access, nonsense
from attack.access import Asked
from attack.access_table import NOBODY
from django.db import connection, transaction
from django.test import Client
from support import crawler

#: What the address is for has read it, as somebody who may enter.
READ = "read"
#: Led to sign in, or forbidden.
TURNED_AWAY = "turned away at the door"
#: The address takes no such method, of this role.
NOT_TAKEN = "of a method not taken"
#: The path was spoilt, or refused before any address was looked for.
ELSEWHERE = "that came to another address or none"
#: Refused unread.
TOO_OFTEN = "too often"
KINDS = (READ, TURNED_AWAY, NOT_TAKEN, ELSEWHERE)
#: Whoever has signed in already is led on from these before anything is read.
LED_ON = {"/account/login/", "/account/signup/"}
DOOR = {access.SIGN_IN, access.FORBIDDEN}
#: A header that came out of a value.
WRITTEN = re.compile(r"^set-cookie:\s*owned=1", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """What became of a case, and what is wrong with the answer, or ""."""

    became: str
    trouble: str = ""


def of(
    client: Client,
    case: nonsense.Case,
    asked: Asked,
    *,
    route: str,
    role: str,
    keeps: bool = False,
) -> Answer:
    """Send a case and judge its answer; undo what it did, unless that is to be kept."""
    cookies = client.cookies.copy()
    point = transaction.savepoint()
    try:
        response = client.generic(
            case.method, case.path, case.body, case.content_type, **case.extra
        )
        said = crawler.read(response)
    except Exception as error:  # noqa: BLE001 (it is what is looked for)
        return Answer(READ, repr(error))
    finally:
        client.cookies = cookies
        # What broke the transaction, or ended the session, ends with its request.
        if connection.needs_rollback or not keeps or _is_broken():
            connection.needs_rollback = False
            transaction.savepoint_rollback(point)
        transaction.savepoint_commit(point)
    became = _became(response, asked, method=case.method, route=route, role=role)
    return Answer(became, _shown(response, said))


def let_in(became: Counter[str]) -> int:
    """Return how many cases the address itself has answered, to who may enter."""
    return became[READ] + became[NOT_TAKEN]


def may_enter(asked: Asked, *, role: str) -> bool:
    """Say whether a role may read an address or act there."""
    is_led_on = asked.template in LED_ON and role != "anonymous"
    return role in asked.rule.get | asked.rule.post and not is_led_on


def _became(response: Any, asked: Asked, *, method: str, route: str, role: str) -> str:
    method = "GET" if method == "HEAD" else method
    audience = {"GET": asked.rule.get, "POST": asked.rule.post}.get(method, NOBODY)
    outcome = access.outcome(response, role=role)
    if outcome == access.TOO_OFTEN:
        return TOO_OFTEN
    is_expected = role in audience and outcome in access.wanted(
        asked, role=role, method=method
    )
    if not may_enter(asked, role=role) or (outcome in DOOR and not is_expected):
        return TURNED_AWAY
    match = response.wsgi_request.resolver_match
    if match is None or match.route != route:
        return ELSEWHERE
    if role not in audience or outcome == access.NO_METHOD:
        return NOT_TAKEN
    return READ


def _shown(response: Any, said: str) -> str:
    """Return what an answer shows that none may, or ""."""
    if response.status_code >= 500:
        return f"{response.status_code} {response.exc_info and response.exc_info[1]!r}"
    if "Traceback (most recent call last)" in said:
        return "shows a traceback"
    # A form shows what was sent, line ends and all: only headers count.
    heads = "\n".join(f"{name}: {value}" for name, value in response.items())
    if WRITTEN.search(heads) or "owned" in response.cookies:
        return "lets a header be written"
    is_page = "html" in response.headers.get("Content-Type", "")
    if is_page and "<script>alert(1)" in said:
        return "shows a script as it was sent"
    return ""


def _is_broken() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # noqa: BLE001 (whatever it was, it is over)
        return True
    return False
