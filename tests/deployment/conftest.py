"""QuickCart deployed: all of compose.yaml behind nginx, once for all tests here."""

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from e2e import conftest as e2e
from playwright.sync_api import Browser, sync_playwright
from support import backups, database, deployment, fronting
from support.smtp import SmtpServer

from quickcart.launcher import servers
from tenants import context
from tenants.models import Shop

chromium_path, visit = e2e.chromium_path, e2e.visit


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in this same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in Path(item.path).parents:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.xdist_group("deployment"))


def _required(found: Path | None, name: str) -> Path:
    if found is None:
        reason = (
            f"No {name} on this machine, and none to be had: run `make test-tools`."
        )
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def nginx() -> Path:
    return _required(servers.find_nginx(), "nginx")


@pytest.fixture(scope="module")
def running(nginx: Path, tmp_path_factory) -> Iterator[fronting.Front]:
    with fronting.fronted(nginx, tmp_path_factory.mktemp("nginx")) as front:
        yield front


@pytest.fixture
def front(running: fronting.Front) -> fronting.Front:
    """nginx, and an application that has seen nothing yet."""
    running.application.seen.clear()
    running.application.reply = fronting.nothing
    return running


@pytest.fixture
def path(request: pytest.FixtureRequest) -> str:
    """An address of the test's own: nothing of another test is kept there."""
    return f"/{abs(hash(request.node.nodeid))}/"


@pytest.fixture
def kept(live_database: None, media_root: Path, tmp_path: Path) -> tuple[Shop, Path]:
    """The shop alder, and the folder it was written into."""
    return backups.of_alder(tmp_path / "shops")


@pytest.fixture(scope="session")
def pgbouncer() -> Path:
    return _required(servers.find_pgbouncer(), "PgBouncer 1.25.2 or newer")


@pytest.fixture(scope="session")
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture(scope="session")
def demo(
    nginx: Path,
    smtp: SmtpServer,
    django_db_setup: None,
    django_db_blocker,
    worker_id: str,
    tmp_path_factory,
) -> Iterator[deployment.Deployment]:
    """The demo's shops online, through PgBouncer too where there is one."""
    var = tmp_path_factory.mktemp("deployed")
    pgbouncer = servers.find_pgbouncer()
    with django_db_blocker.unblock():
        template = database.ensure_template()
        with database.copied(template, label=f"{worker_id}_deployed") as name:
            address = e2e._renamed(os.environ["DATABASE_URL"], name)
            with database.pointed_at(name), e2e._as_the_programs_do(var):
                call_command("load_demo", verbosity=0)
            with _maybe_pooled(var, pgbouncer, address) as reached:
                told = {
                    "database_url": reached,
                    "redis_url": e2e._renamed(os.environ["REDIS_URL"], "2"),
                    "email_url": smtp.url,
                }
                static = deployment.static_files()
                with deployment.deployed(var=var, static=static, **told) as running:
                    yield dataclasses.replace(running, database=name)


@pytest.fixture
def inside_clover(demo: deployment.Deployment, django_db_blocker) -> Iterator[None]:
    """Look into the rows of the deployed demo's first shop, as long as a test lasts."""
    with django_db_blocker.unblock(), database.pointed_at(demo.database):
        with context.in_public():
            clover = Shop.objects.get(subdomain="clover")
        with context.inside(clover):
            yield


def _maybe_pooled(var: Path, pgbouncer: Path | None, address: str):
    from contextlib import nullcontext

    if pgbouncer is None:
        return nullcontext(address)
    return deployment.pooled(var, pgbouncer=pgbouncer, database_url=address)


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """A browser that believes the deployment's certificate."""
    flags = [*e2e.FLAGS, "--ignore-certificate-errors"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path, args=flags)
        yield running
        running.close()


@pytest.fixture
def viewport() -> dict[str, int]:
    return e2e.PHONE
