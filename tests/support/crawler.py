"""A visitor who follows every link, and reads all of each answer."""

import html
import re
from collections import Counter, deque
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from django.http import HttpResponseBase
from django.test import Client

LINK = re.compile(r'(?:href|src|action|hx-[a-z]+|data-[\w-]+)="((?:/|\?|http)[^"#]*)')
#: Not followed: they end the session, or are the same files for all.
LEFT_ALONE = ("/static/", "/account/logout", "/admin/logout", "/admin/sprite")
#: Of one path so many different queries are asked.
QUERIES = 2


def read(response: HttpResponseBase) -> str:
    """Return everything an answer says: body, headers, cookies."""
    body = response.getvalue() if response.streaming else response.content
    head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    return f"{head}\n{response.cookies.output()}\n{body.decode('utf-8', 'replace')}"


def links_in(text: str, *, base: str, host: str) -> Iterable[str]:
    """Return the paths on the same host that a page leads to."""
    for target in LINK.findall(text):
        parts = urlsplit(urljoin(f"http://{host}{base}", html.unescape(target)))
        if parts.scheme == "http" and parts.hostname == host:
            query = f"?{parts.query}" if parts.query else ""
            if not parts.path.startswith(LEFT_ALONE):
                yield f"{parts.path}{query}"


def crawl(
    client: Client, starts: Iterable[str], *, host: str, most: int
) -> dict[str, str]:
    """Return what each page says that can be reached from some addresses."""
    waiting, said = deque(dict.fromkeys(starts)), {}
    seen: Counter[str] = Counter()
    known = set(waiting)
    while waiting and len(said) < most:
        address = waiting.popleft()
        path = address.partition("?")[0]
        seen[path] += 1
        if seen[path] > QUERIES:
            continue
        response = client.get(address)
        said[address] = read(response)
        found = [*links_in(said[address], base=path, host=host)]
        if 300 <= response.status_code < 400:
            found += links_in(f'href="{response["Location"]}"', base=path, host=host)
        new = [each for each in dict.fromkeys(found) if each not in known]
        known.update(new)
        waiting.extend(new)
    return said
