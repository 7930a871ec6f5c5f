"""How much script a customer's pages load."""

import gzip
import posixpath
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("monday_morning"),
]

#: Bytes on their way: whatever serves our scripts, it sends them compressed.
MOST = 50_000
NAMED = re.compile(r'<script\b[^>]*\ssrc="([^"]+)"')
IMPORTED = re.compile(r"""\b(?:import|from)\s*\(?\s*["'](\.[^"']+)["']""")


def loaded(page):
    """Return the scripts that a page names, and what they import, by their names."""
    scripts = {}
    waiting = NAMED.findall(page)
    while waiting:
        address = waiting.pop()
        if address in scripts:
            continue
        assert address.startswith(settings.STATIC_URL)
        path = Path(finders.find(address.removeprefix(settings.STATIC_URL)))
        scripts[address] = path.read_text()
        here = posixpath.dirname(address)
        imports = IMPORTED.findall(scripts[address])
        waiting += [posixpath.normpath(posixpath.join(here, each)) for each in imports]
    return scripts


def test_the_scripts_of_a_customer_s_pages_are_small_on_their_way(buyer, apples):
    for address in ("/", apples.get_absolute_url(), "/checkout/"):
        page = buyer.get(address)
        scripts = loaded(page.content.decode())

        assert page.status_code == 200, address
        assert any("htmx" in name for name in scripts), address
        weights = [len(gzip.compress(each.encode())) for each in scripts.values()]
        assert sum(weights) <= MOST, address


def test_what_a_script_imports_is_counted():
    page = '<script src="/static/ui/js/storefront.js" type="module"></script>'

    assert "/static/ui/js/stepper.js" in loaded(page)
