"""What a core carries, out of what was measured: the table of docs/operations.md.

Nothing here is measured again.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

BEGIN, END = (
    "<!-- capacity: computed from docs/benchmarks.md -->\n",
    "<!-- /capacity -->",
)
#: Work is planned for so much of what was measured: people come all at once.
SHARE = 0.5
#: Orders in the busiest hour of a shop that is doing well.
BUSY_HOUR = 40
#: What nobody's own pages are called by the benchmark of pages.
PAGES = "(?:hub|home|category|product|search)"

Line = Mapping[str, Any]


def filled(text: str, lines: Iterable[Line]) -> str:
    """Return a page with its capacity table computed from a run's figures.

    Raises:
        ValueError: the page has no place for it.
    """
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"There is no {BEGIN.strip()} … {END} to fill.")
    return f"{before}{begin}{table(lines)}{end}{after}"


def table(lines: Iterable[Line]) -> str:
    """Return the table as Markdown, ready to stand between its marks."""
    figures = {line["name"]: float(line["value"]) for line in lines}
    head = (
        f"| for each core | measured | to plan with, at {SHARE:.0%} |\n|---|---:|---|\n"
    )
    rows = [
        f"| {what} | {measured} | {plan} |\n" for what, measured, plan in _rows(figures)
    ]
    return head + "".join(rows)


def _rows(figures: Mapping[str, float]) -> Iterator[tuple[str, str, str]]:
    for what, pattern in (
        ("kept pages from nginx, the slowest sort", "nginx: .*, kept"),
        ("kept pages from the application", rf"page {PAGES}, kept: 16 clients.*"),
        (
            "pages put together from kept parts",
            rf"page {PAGES}, not kept, its parts kept: 16 clients, beside hello",
        ),
    ):
        rate = _least(figures, pattern)
        yield what, f"{_short(rate)}/s", f"{_short(rate * SHARE)}/s"
    # The dearer one: what it takes where scripts run.
    rate = _least(figures, "guest purchase with a time kept first: 16 clients")
    an_hour = rate * SHARE * 3600
    shops = f"{_short(an_hour / BUSY_HOUR)} shops with {BUSY_HOUR} orders"
    yield (
        "guest purchases, whole: pages, basket, time, order",
        f"{rate:.1f}/s",
        f"{_short(an_hour)} an hour: {shops} in their busiest hour",
    )
    mails = _least(figures, "mails through outbox and worker")
    yield (
        "letters through outbox and worker",
        f"{_short(mails)}/s",
        f"{_short(mails * SHARE * 60)} a minute",
    )
    kilobytes = _least(figures, "memory of each of 1,?000 sockets")
    yield (
        "open order pages (sockets), by memory",
        f"{_short(kilobytes)} kB each",
        f"{_short(1_000_000 / kilobytes * SHARE)} for each GB",
    )
    memory = _least(figures, "memory of the web workers at 1,?000 shops")
    yield (
        "web's two workers with 1,000 shops",
        f"{_short(memory)} MB",
        f"{_short(memory / SHARE / 1000)} GB",
    )


def _least(figures: Mapping[str, float], pattern: str) -> float:
    """Return the smallest of the figures with such a name.

    Raises:
        ValueError: there is none.
    """
    found = [figures[name] for name in figures if re.fullmatch(pattern, name)]
    if not found:
        raise ValueError(f"The run has no figure {pattern!r}.")
    return min(found)


def _short(value: float) -> str:
    """Return a number with the two digits that mean something, thousands apart."""
    if value < 10:
        return f"{value:.1f}"
    digits = len(str(int(value)))
    return f"{round(value, 2 - digits):,.0f}"
