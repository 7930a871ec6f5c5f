"""Requests that nobody means, made up anew from a seed.

What `support.hostile` lists is mixed with what chance makes up: any character, any
length, fields doubled, lost and nested, bodies cut off or not what they say they are.
"""

import itertools
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from support import hostile
from support.addresses import Address

#: Of a form's buttons a browser sends the one that was pressed.
BUTTONS = ("action_", "action-")
METHODS = ("PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "CONNECT", "FOO")
HEADERS = {
    "HTTP_ACCEPT_LANGUAGE": "xx;q=é, *;q=9e9",
    "HTTP_IF_MODIFIED_SINCE": "Thu, 99 Foo 9999 99:99:99 GMT",
    "HTTP_IF_NONE_MATCH": 'W/"\x00", *, """',
    "HTTP_RANGE": "bytes=9-1,-0,99999999999999999999-",
    "HTTP_HX_REQUEST": "true",
    "HTTP_HX_TARGET": "<script>alert(1)</script>",
    "HTTP_HX_CURRENT_URL": "http://[::1",
    "HTTP_HX_PROMPT": "%FF%FE",
    "HTTP_X_FORWARDED_HOST": "evil.example",
    "HTTP_X_FORWARDED_FOR": "256.1.1.1, ' OR 1=1",
    "HTTP_X_REQUESTED_WITH": "XMLHttpRequest",
    "HTTP_ORIGIN": "null",
    "HTTP_REFERER": "javascript:alert(1)",
    "HTTP_ACCEPT": "application/json;q=x, */",
    "HTTP_ACCEPT_ENCODING": "gzip;q=nan, br, \x7f",
    "HTTP_COOKIE": "sessionid=\x01; basket=9:\xff; csrftoken=; =; a",
    "HTTP_CONTENT_ENCODING": "gzip",
    "HTTP_X_LIVE": "1",
}
ALPHABETS = ("abcXYZ", "0123456789", "-+.,eE", "٠١٢٣४५६", "\u202e\u200f\u2066\ufeff")
ALPHABETS += ("\x00\x01\x1b\x7f\x85", "\r\n\t ", "<>&\"'`", "{}[]()$%\\/", "🥕👩‍🌾é̂ǆ")


@dataclass(frozen=True)
class Case:
    """One request."""

    method: str
    path: str
    body: bytes = b""
    content_type: str = hostile.FORM
    extra: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return (
            f"{self.method} {self.path[:120]!r} {self.content_type[:40]!r}"
            f" {self.body[:160]!r} {str(dict(self.extra))[:160]}"
        )


@dataclass(frozen=True)
class Target:
    """An address with the values and the forms that it means."""

    address: Address
    real: Mapping[str, object]
    forms: Sequence[Mapping[str, str]]

    @property
    def path(self) -> str:
        return self.address.filled(self.real)


def cases(target: Target, *, seed: str, is_posted: bool) -> Iterator[Case]:
    """Return requests without end; the same ones for the same seed."""
    chance = random.Random(f"{seed} {target.address}")
    makers: Sequence[Callable[[Target, random.Random], Case]] = WITH_POSTS
    if not is_posted:
        makers = LOOKS
    elif not any(target.forms):
        # Where no form leads, posts tell less.
        makers = (*WITH_POSTS, _query, _query, _path, _headers)
    return (maker(target, chance) for maker in itertools.cycle(makers))


def a_text(chance: random.Random) -> str:
    """Return something listed, or something made up."""
    if chance.random() < 0.6:
        return chance.choice(list(hostile.TEXTS.values()))
    alphabets = chance.sample(ALPHABETS, 2)
    length = chance.choice((1, 2, 7, 40, 260))
    return "".join(chance.choice(chance.choice(alphabets)) for _ in range(length))


def _fields(target: Target, chance: random.Random) -> dict[str, str]:
    """Return the fields of one form or of all at once, as if one button was pressed."""
    forms = target.forms
    if chance.random() < 0.5:
        forms = [chance.choice(forms)] if forms else []
    fields = {name: value for form in forms for name, value in form.items()}
    buttons = [name for name in fields if name.startswith(BUTTONS)]
    pressed = chance.choice(buttons) if buttons else ""
    return {
        name: value
        for name, value in fields.items()
        if name == pressed or name not in buttons
    }


def _names(fields: Mapping[str, str]) -> list[str]:
    return list(fields) or hostile.QUERY


def _query(target: Target, chance: random.Random) -> Case:
    names = chance.sample(hostile.QUERY, chance.randint(1, 6))
    query = hostile.encoded({name: a_text(chance) for name in names})
    return Case("GET", target.path, extra={"QUERY_STRING": query})


def _path(target: Target, chance: random.Random) -> Case:
    blanks = list(target.address.blanks)
    if not blanks:
        return _query(target, chance)
    value, blank = chance.choice(list(hostile.PATHS.values())), chance.choice(blanks)
    if str(target.real[blank]).endswith("/"):
        value += chance.choice(("/", "/", ""))
    path = target.address.filled({**target.real, blank: value})
    return Case(chance.choice(("GET", "POST")), path)


def _all_spoilt(target: Target, chance: random.Random) -> Case:
    value = a_text(chance)
    return _form(target, dict.fromkeys(_names(_fields(target, chance)), value))


def _one_spoilt(target: Target, chance: random.Random) -> Case:
    fields = _fields(target, chance)
    return _form(target, {**fields, chance.choice(_names(fields)): a_text(chance)})


def _doubled(target: Target, chance: random.Random) -> Case:
    fields = _fields(target, chance)
    name = chance.choice(_names(fields))
    return _form(target, {**fields, name: [a_text(chance), "1", "x"]})


def _lost(target: Target, chance: random.Random) -> Case:
    fields = _fields(target, chance)
    fields.pop(chance.choice(_names(fields)), None)
    return _form(target, fields)


def _nested(target: Target, chance: random.Random) -> Case:
    ending = chance.choice(("[]", "[a][b]", ".x", "__in", "-0", "\x00"))
    names = _names(_fields(target, chance))
    return _form(target, {f"{name}{ending}": "1" for name in names})


def _form(target: Target, fields: hostile.Fields) -> Case:
    return Case("POST", target.path, hostile.encoded(fields).encode())


def _odd_body(target: Target, chance: random.Random) -> Case:
    body, kind = chance.choice(hostile.BODIES)
    return Case("POST", target.path, body, kind)


def _json(target: Target, chance: random.Random) -> Case:
    name = chance.choice(_names(_fields(target, chance)))
    body = chance.choice(
        (
            "[" * 100_000,
            '{"a":' * 5_000 + "1" + "}" * 5_000,
            json.dumps({name: {"$gt": [None, True, 1e308]}}),
            f'{{"{name}": {"9" * 5_000}}}',
            '{"\\ud800": NaN, "a": Infinity}',
            '"' + "x" * 50_000,
        )
    )
    return Case("POST", target.path, body.encode(), "application/json")


def _multipart(target: Target, chance: random.Random) -> Case:
    head = '--x\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
    parts = [
        head.format(
            name,
            chance.choice(("", '; filename="a\x00/../b.svg"', '; filename=""')),
            a_text(chance)[:500],
        )
        for name in _names(_fields(target, chance)) * chance.choice((1, 1, 2, 40))
    ]
    body = ("".join(parts) + "--x--\r\n").encode("utf-8", "surrogatepass")
    cut = chance.choice((len(body), len(body) // 2, len(body) - 3, 10))
    return Case("POST", target.path, body[:cut], "multipart/form-data; boundary=x")


def _many(target: Target, chance: random.Random) -> Case:
    fields = "&".join(f"f{number}=1" for number in range(chance.choice((900, 1_500))))
    return Case("POST", target.path, fields.encode())


def _method(target: Target, chance: random.Random) -> Case:
    return Case(chance.choice(METHODS), target.path, b"a=1")


def _headers(target: Target, chance: random.Random) -> Case:
    names = chance.sample(list(HEADERS), 3)
    extra = {name: HEADERS[name] for name in names}
    method = "POST" if chance.random() < 0.3 else "GET"
    return Case(method, target.path, extra=extra)


WITH_POSTS = (_query, _path, _all_spoilt, _one_spoilt, _one_spoilt, _doubled, _lost)
WITH_POSTS += (_nested, _odd_body, _json, _multipart, _multipart, _method, _headers)
WITH_POSTS += (_query, _one_spoilt, _all_spoilt, _path, _one_spoilt, _many)
#: For who may look and not post: of posts as many as tell that none is taken.
LOOKS = (_query, _headers, _query, _path, _query, _one_spoilt, _query, _headers)
LOOKS += (_query, _method, _query, _multipart)
