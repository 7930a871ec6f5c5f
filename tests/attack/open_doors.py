"""Doors that stand open, shown to what looks for them: doors, uploads and headers."""

import io
from collections.abc import Iterator
from unittest import mock

import httpx
from attack import doors, headers, linters, redirects, stage, uploads
from attack.ground import Hub, undone
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpResponse
from support.ground import PASSWORD, Filled
from support.verdicts import Check, Verdict, exactly

ANSWERED_FOR_ANOTHER = "HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\n\r\n"


#: An answer with every fault there is.
OPEN = httpx.Response(
    500,
    headers={
        "server": "granian/2.8",
        "content-security-policy": "default-src *",
        "set-cookie": "a=b; Domain=localhost",
        "cache-control": "public",
    },
    content=b"Traceback (most recent call last)",
    request=httpx.Request(
        "GET", "https://alder.localhost/", headers={"x-forwarded-proto": "https"}
    ),
)


#: Policies with one hole each; the first was once taken for a file's, that does nothing.
CLOSED_BY = "object-src 'none'; base-uri 'none'; form-action 'self'"
CLOSED_BY += "; frame-ancestors 'self'"
POLICIES = (
    "default-src 'none'; script-src * 'unsafe-inline'",
    f"default-src 'self'; script-src 'self' 'unsafe-inline'; {CLOSED_BY}",
    f"default-src 'self'; script-src-elem https:; {CLOSED_BY}",
    f"default-src 'self'; script-src-attr 'unsafe-inline'; {CLOSED_BY}",
    f"default-src 'self'; script-src 'unsafe-eval'; {CLOSED_BY}",
    f"default-src 'self'; style-src cdn; {CLOSED_BY}",
    f"default-src 'self'; worker-src blob:; {CLOSED_BY}",
    f"script-src 'self'; {CLOSED_BY}",
    "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-scripts",
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'",
    "",
)
SHUT = f"default-src 'self'; script-src 'self' 'nonce-aB+/3='; {CLOSED_BY}"


def controls(*, small: bool) -> Iterator[Verdict]:
    """Show each of them what it must not be blind to."""
    with stage.opened() as opened, undone():
        alder, hub = opened.ground.shops["alder"], opened.ground.hub
        seen = {
            "hosts served": doors.is_served(alder.browser().get("/")),
            "answers for another host": doors.speaks_for_another(ANSWERED_FOR_ANOTHER),
            "split headers": doors.owned(HttpResponse(headers={"X-Owned": "1"}), ""),
            "forged posts": _an_unguarded_post_is_taken(alder, "customer"),
            "forged posts at the hub": _an_unguarded_post_is_taken(hub, "user"),
            "sessions kept": _a_kept_session_is_seen(alder),
        }
        for what, is_seen in seen.items():
            yield exactly(f"doors: the detector: {what}", bool(is_seen), "seen", 1)
    led = [HttpResponse(headers={"Location": each}) for each in redirects.TARGETS]
    seen_away = sum(map(redirects.leads_away, led))
    yield exactly("doors: the detector: redirects", seen_away, "seen", len(led))
    page = HttpResponse(uploads.SCRIPT)
    faults = [*uploads.faults_of(page, uploads.SCRIPT, "/media/a.webp")]
    yield exactly("uploads: the detector: faults", len(faults), "seen", 4)
    noted = uploads.has_notes(io.BytesIO(uploads.with_notes()))
    yield exactly("uploads: the detector: notes", noted, "seen", 1)
    yield exactly(
        "uploads: the detector: words missed", not uploads.says_why(page), "seen", 1
    )


def controls_of_headers(*, small: bool) -> Iterator[Verdict]:
    """Judge an answer that says everything wrong: each fault must be named."""
    asked = headers.Asked("visitor", "GET", "/", OPEN)
    named = {
        "headers": (headers.header_faults(OPEN, is_tls=True), 7),
        "policies": (headers.policy_faults(asked), 12),
        "cookies": (headers.cookie_faults(OPEN, is_tls=True), 4),
        "software": (headers.tells(OPEN), 2),
    }
    for what, (faults, wanted) in named.items():
        found = len([*faults])
        yield exactly(f"headers: the detector: {what}", found, "faults", wanted)
    seen = sum(map(_has_holes, POLICIES)) - _has_holes(SHUT)
    yield exactly("headers: the detector: holes", seen, "policies", len(POLICIES))
    unread = {"results": [], "errors": [{"filename": "a.py", "reason": "syntax"}]}
    report = {**unread, "metrics": {"_totals": {"loc": 0}}}
    bad = [verdict for verdict in linters.bandit_verdicts(report) if not verdict.ok]
    yield exactly("headers: the detector: files bandit left", len(bad), "verdicts", 2)


def _has_holes(policy: str) -> bool:
    answer = httpx.Response(
        200,
        headers={"content-security-policy": policy},
        request=httpx.Request("GET", "http://alder.localhost/"),
    )
    return any(headers.policy_faults(headers.Asked("visitor", "GET", "/", answer)))


def _an_unguarded_post_is_taken(place: Filled | Hub, role: str) -> bool:
    """Have another site choose a password where nothing guards; is that seen?"""
    shop = place.shop if isinstance(place, Filled) else None
    client = place.browser(place.people[role])
    before = stage.fingerprint(shop)
    path, new = "/account/password/change/", "rye-and-samphire-52"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    answer = client.post(path, form, headers={"origin": f"https://{doors.EVIL}"})
    return doors.is_taken(answer, path) and stage.fingerprint(shop) != before


def _a_kept_session_is_seen(alder: Filled) -> bool:
    with mock.patch.object(SessionBase, "cycle_key"):
        return "the session keeps its key" in doors.fixed(alder)


CHECKS = [
    Check("doors: the detectors", controls),
    Check("headers: the detectors", controls_of_headers),
]
