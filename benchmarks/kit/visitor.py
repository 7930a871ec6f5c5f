"""A visitor's browser: cookies, forms as the page has them, requests counted."""

import html
import http.client
import re
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from benchmarks.kit import counting

_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_FIELD = re.compile(r"<(?:input|button)\b([^>]*)>", re.DOTALL)
_SELECT = re.compile(r"<select\b([^>]*)>(.*?)</select>", re.DOTALL)
_OPTION = re.compile(r"<option\b([^>]*)>", re.DOTALL)
_ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


class Unexpected(Exception):
    """The shop answered something else than a shop should."""


class Visitor:
    """One visitor on one kept-alive connection."""

    #: Where a form goes, among its fields: no field has an empty name.
    ACTION = ""

    def __init__(self, port: int, *, host: str, counts_queries: bool = False) -> None:
        self.host, self.cookies = host, dict[str, str]()
        self.requests = self.queries = 0
        self.status, self.text, self.path = 0, "", ""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._counts_queries = counts_queries

    def get(self, path: str, **headers: str) -> "Visitor":
        return self._ask("GET", path, None, headers)

    def post(self, path: str, data: dict[str, str], **headers: str) -> "Visitor":
        """Post a form of the page in view, as a browser would."""
        referer = f"http://{self.host}{self.path}"
        sent = {"Referer": referer, "Origin": f"http://{self.host}"} | headers
        sent["Content-Type"] = "application/x-www-form-urlencoded"
        fields = {name: value for name, value in data.items() if name != self.ACTION}
        return self._ask("POST", path, urlencode(fields), sent)

    def follow(self) -> "Visitor":
        """Go where the last answers lead; each step is a request."""
        while self.status in {301, 302, 303}:
            self.get(self.location)
        return self.expect(200)

    def expect(self, *statuses: int) -> "Visitor":
        if self.status not in statuses:
            words = re.sub(r"<[^>]+>|\s+", " ", self.text)[:500]
            raise Unexpected(f"{self.path} answered {self.status}: {words}")
        return self

    def form(self, action: str) -> dict[str, str]:
        """Return the fields of the first form whose action fits, as the page has them.

        Of radio buttons that are not ticked the first is chosen.
        """
        for opening, body in _FORM.findall(self.text):
            where = urlsplit(_attributes(opening).get("action", self.path)).path
            if re.fullmatch(action, where):
                return {self.ACTION: where} | _fields(body)
        raise Unexpected(f"{self.path} has no form for {action}.")

    def choices(self, name: str) -> list[str]:
        """Return the values of the radio buttons of a name that may be chosen."""
        buttons = map(_attributes, _FIELD.findall(self.text))
        return [
            button["value"]
            for button in buttons
            if button.get("name") == name and "disabled" not in button
        ]

    def _ask(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> "Visitor":
        sent = {"Host": self.host, "Accept": "text/html", **headers}
        if self.cookies:
            pairs = self.cookies.items()
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in pairs)
        if self._counts_queries:
            sent[counting.QUESTION] = "1"
        self._connection.request(method, path, body=body, headers=sent)
        response = self._connection.getresponse()
        self.text = response.read().decode(errors="replace")
        self.status, self.path = response.status, path
        self.requests += 1
        self.queries += int(response.getheader(counting.ANSWER) or 0)
        self.location = _path_of(path, response.getheader("Location") or "")
        self._keep(response.headers.get_all("Set-Cookie") or [])
        return self

    def _keep(self, lines: list[str]) -> None:
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.coded_value

    def close(self) -> None:
        self._connection.close()


def _path_of(path: str, address: str) -> str:
    parts = urlsplit(urljoin(path, address))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _attributes(tag: str) -> dict[str, str]:
    found = _ATTRIBUTE.findall(tag)
    return {name.lower(): html.unescape(value) for name, value in found}


def _fields(body: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for tag in _FIELD.findall(body):
        attributes = _attributes(tag)
        name, kind = attributes.get("name"), attributes.get("type", "text")
        if not name or "disabled" in attributes or kind in {"submit", "button"}:
            continue
        if kind in {"radio", "checkbox"}:
            is_chosen = "checked" in attributes
            if is_chosen or (kind == "radio" and name not in fields):
                fields[name] = attributes.get("value", "on")
        else:
            fields[name] = attributes.get("value", "")
    for opening, options in _SELECT.findall(body):
        choices = [_attributes(tag) for tag in _OPTION.findall(options)]
        chosen = [each for each in choices if "selected" in each] or choices
        if chosen:
            fields[_attributes(opening).get("name", "")] = chosen[0].get("value", "")
    return fields
