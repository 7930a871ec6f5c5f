"""The forms of a page, filled in as a browser without scripts would send them."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")


class NoForm(AssertionError):
    """The page has no such form."""


@dataclass
class Form:
    """Where it is sent, what is in it, and what each group of choices offers."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)

    def filled(self, **changes: str) -> dict[str, str]:
        return {**self.fields, **changes}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.form = Form()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        name, value = facts.get("name", ""), facts.get("value", "")
        if tag == "form":
            self.form.action = facts.get("action", "")
        elif not name or "disabled" in facts:
            return
        elif tag == "input" and facts.get("type") in {"radio", "checkbox"}:
            self.form.choices.setdefault(name, []).append(value)
            if "checked" in facts:
                self.form.fields[name] = value
        elif tag == "input":
            self.form.fields[name] = value
        elif tag == "textarea":
            self.form.fields.setdefault(name, "")


def find(page: str, *, action: str, **fields: str) -> Form:
    """Return the page's form that goes to an address and has these values in it.

    Raises:
        NoForm: it has none.
    """
    for text in FORM.findall(page):
        if f'action="{action}"' not in text:
            continue
        reader = _Reader()
        reader.feed(text)
        if fields.items() <= reader.form.fields.items():
            return reader.form
    raise NoForm(f"no form to {action} with {fields} in: {_words(page)!r}")


def _words(page: str) -> str:
    """Return the beginning of what a page says."""
    said = TAG.sub(" ", page.partition("<main")[2] or page)
    return " ".join(said.split())[:600]
