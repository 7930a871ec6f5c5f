"""The demo network, running, and a real browser to visit it with."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.core.management import call_command
from django.test import override_settings
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    expect,
    sync_playwright,
)
from support import database, network

from quickcart.launcher import browser as chromium
from quickcart.settings import base

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: A journey asks whether, not how fast: a busy machine may take the polling's time.
expect.set_options(timeout=20_000)

PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in this same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in Path(item.path).parents:
            item.add_marker(pytest.mark.e2e)
            # One network for all of them: they go to one worker.
            item.add_marker(pytest.mark.xdist_group("e2e"))


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = chromium.find()
    if path is None:
        reason = (
            "No Chromium on this machine: run `make test`, or set QUICKCART_CHROMIUM."
        )
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="session")
def demo(
    django_db_setup: None, django_db_blocker, worker_id, tmp_path_factory
) -> Iterator[network.Network]:
    """The demo's three shops, served by the product's own programs."""
    var = tmp_path_factory.mktemp("network")
    with django_db_blocker.unblock():
        template = database.ensure_template()
        # The tests that come after these in the same process have their own.
        with database.copied(template, label=f"{worker_id}_demo") as name:
            addresses = {
                "database_url": _renamed(os.environ["DATABASE_URL"], name),
                "redis_url": _renamed(os.environ["REDIS_URL"], _corner(worker_id)),
            }
            with database.pointed_at(name), _as_the_programs_do(var):
                call_command("load_demo", verbosity=0)
            with network.running(var=var, **addresses) as running:
                yield running


def _corner(worker_id: str) -> str:
    """Return a database of Valkey's that no other process of this run has."""
    return str(5 + int("".join(filter(str.isdigit, worker_id)) or 0) % 10)


def _renamed(address: str, name: str) -> str:
    return urlunsplit(urlsplit(address)._replace(path=f"/{name}"))


def _as_the_programs_do(var: Path) -> override_settings:
    """Keep pictures and passwords where and how a running network looks for them."""
    return override_settings(
        MEDIA_ROOT=str(var / "media"), PASSWORD_HASHERS=base.PASSWORD_HASHERS
    )


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """A browser for a module, not for the session.

    While it runs, Playwright has an event loop in this thread, in which Django
    refuses to ask the database.
    """
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(params=["phone", "desktop"])
def viewport(request: pytest.FixtureRequest) -> dict[str, int]:
    return PHONE if request.param == "phone" else DESKTOP


class Visitor:
    """A person with a browser of their own; collects what goes wrong in it."""

    def __init__(self, context: BrowserContext, name: str, folder: Path) -> None:
        self.context, self.name, self.folder = context, name, folder
        self.page: Page = context.new_page()
        self.page.set_default_timeout(15_000)
        self.troubles: list[str] = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", self._listen)

    def _listen(self, message) -> None:
        if message.type == "error":
            self.troubles.append(f"{message.text} ({message.location.get('url')})")

    def picture(self, title: str) -> None:
        """Keep a screenshot for people to look at."""
        self.page.screenshot(path=self.folder / f"{self.name}-{title}.png")


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator:
    """Return a function that opens a browser of somebody's own."""
    folder = Path(os.environ.get("QUICKCART_SCREENSHOTS", "test-results"))
    folder.mkdir(parents=True, exist_ok=True)
    contexts: list[BrowserContext] = []

    def open_one(name: str, viewport: dict[str, int], **options) -> Visitor:
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        stem = f"{request.node.name}-{name}".replace("[", "-").replace("]", "")
        return Visitor(context, stem, folder)

    yield open_one
    for context in contexts:
        context.close()
