"""What nobody means and somebody sends."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from urllib.parse import urlencode

#: In a form's field or a query. Each is a text; lone surrogates stand for bytes that
#: are no UTF-8.
TEXTS = {
    "nothing": "",
    "blank": " \t\n",
    "nul": "a\x00b",
    "beyond 64 bits": "9223372036854775808",
    "a number without end": "9" * 400,
    "negative": "-1",
    "below 64 bits": "-9223372036854775809",
    "no number": "NaN",
    "infinite": "1e999999",
    "other digits": "١٢٣",
    "fraction": "0.1",
    "surrogate": "\udcff\ud83d",
    "right to left": "\u202egnp.exe",
    "emoji": "🥕" * 50,
    "combining": "e" + "\u0301" * 200,
    "long": "x" * 20_000,
    "script": "<script>alert(1)</script>",
    "attribute": "\"' onmouseover=alert(1) x='",
    "template": "{{ 7|add:7 }}{% debug %}%(x)s%s{0}",
    "sql": "1' OR '1'='1'; DROP TABLE order_order; --",
    "climb": "../../../../etc/passwd",
    "header": "a\r\nSet-Cookie: owned=1\r\n\r\nbody",
    "json": '{"$ne": null, "id": [1, 2]}',
    "list": "[1,2,3]",
    "another's address": "//evil.example/\\@evil.example",
    "script address": "javascript:alert(1)",
    "no date": "2026-02-30",
    "far date": "99999-12-31T25:61:00+99:00",
    "null": "null",
}

#: In a path, percent-encoded already where it has to be.
PATHS = {
    "nul": "a%00b",
    "no utf-8": "%ff%fe",
    "half a character": "%e2%82",
    "no percent": "%zz",
    "surrogate": "%ed%a0%80",
    "climb": "..%2f..%2f..%2fetc%2fpasswd",
    "climb twice encoded": "%252e%252e%252f",
    "header": "a%0d%0aSet-Cookie:%20owned=1",
    "script": "%3Cscript%3Ealert(1)%3C/script%3E",
    "sql": "1'%20OR%20'1'='1",
    "long": "x" * 3_000,
    "right to left": "%E2%80%AEgnp",
    "zero": "0",
    "negative": "-1",
    "beyond 32 bits": "2147483648",
    "beyond 64 bits": "9223372036854775808",
    "a number without end": "9" * 200,
    "other digits": "%D9%A1%D9%A2",
    "a word": "nothing-like-it",
}

#: Names that pages read from a query.
QUERY = ["q", "page", "p", "next", "ordering", "sort", "brand", "order", "days"]
QUERY += ["state", "slot", "v", "on", "locale", "collection_id", "tag", "mode", "ids"]
QUERY += ["id", "category", "subdomain", "export", "format", "limit", "offset", "type"]
QUERY += ["page_type", "search", "fields", "child_of", "multiple", "ancestor_of"]

FORM = "application/x-www-form-urlencoded"
Fields = Mapping[str, str | list[str]]

BAD_FILE = (
    b'--x\r\nContent-Disposition: form-data; name="a"; filename="../../b\x00.png"'
    b"\r\nContent-Type: image/png\r\n\r\nGIF89a\r\n--x--\r\n"
)
#: Bodies that are no form, with what they call themselves.
BODIES = [
    (b"", FORM),
    (b"\xff\xfe=%ff&a=%zz&&&==&[]=1", FORM),
    (
        b"product[]=1&product[$gt]=&quantity=1&quantity=2",
        FORM,
    ),
    (b"a=1", "application/x-www-form-urlencoded; charset=no-such-charset"),
    (b"+AGE-=1", "application/x-www-form-urlencoded; charset=utf-7"),
    (b'{"product": [1], "quantity": {"a": 1}}', "application/json"),
    (b'{"broken', "application/json"),
    (b"no boundary", "multipart/form-data"),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    (BAD_FILE, "multipart/form-data; boundary=x"),
    (b"--\xff\r\n", "multipart/form-data; boundary=\xff"),
    (
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
        "text/xml",
    ),
    (b"\x00\x01\x02", "text/plain"),
    (b"a", ""),
]

_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL | re.IGNORECASE)
_CONTROL = re.compile(r"<(?:input|select|textarea|button)\b([^>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


def encoded(fields: Fields) -> str:
    """Return fields as a browser that has gone mad would send them."""
    return urlencode(fields, doseq=True, errors="surrogatepass")


def forms_in(text: str, *, path: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Return where each of a page's posted forms goes, and its fields with values."""
    for head, body in _FORM.findall(text):
        attributes = _attributes(head)
        target = attributes.get("action") or path
        if attributes.get("method", "get").lower() != "post" and "hx-post" not in head:
            continue
        controls = [_attributes(control) for control in _CONTROL.findall(body)]
        fields = {
            control["name"]: control.get("value", "")
            for control in controls
            if control.get("name") and control["name"] != "csrfmiddlewaretoken"
        }
        yield attributes.get("hx-post") or target, fields
        # A button may send all of it somewhere else.
        for control in controls:
            if control.get("formaction"):
                yield control["formaction"], dict(fields)


def _attributes(text: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(text)}
