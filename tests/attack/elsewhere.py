"""Other sites, in a real browser: they frame our pages and post our forms.

Five pages, of a shop, its sign-in, its workspace, its checkout and the hub, are framed by
a page of another origin, which also posts to a basket of ours: neither may work. What
all others say of being framed is held against the rule in `attack.headers`.
"""

import contextlib
import http.server
import threading
from collections.abc import Iterable, Iterator

from attack import browser, stage, visits
from attack.stage import Stage, none
from support.verdicts import Check, Verdict, exactly, told


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """Another site, whose page frames ours and posts to it."""

    targets: Iterable[str] = ()
    post_to = ""

    def do_GET(self) -> None:
        frames = "".join(f'<iframe src="{target}"></iframe>' for target in self.targets)
        form = f'<form method="post" action="{self.post_to}">'
        form += '<input name="product" value="1"><button>Win</button></form>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f"<!doctype html>{form}{frames}".encode())

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def _elsewhere(targets: Iterable[str], post_to: str) -> Iterator[str]:
    page = type("Page", (Elsewhere,), {"targets": targets, "post_to": post_to})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def other_sites(*, small: bool) -> Iterator[Verdict]:
    """Frame our pages on another site, and post our forms from there."""
    with stage.opened() as opened:
        tried, framed, own, status = _visit_elsewhere(opened)
    yield told("browser: pages framed by another site", tried, "frames")
    yield none("browser: frames of another site that show us", framed)
    yield exactly("browser: frames of its own that it shows", own, "frames", 1)
    yield exactly("browser: foreign posts refused", status, "status", 403)


def _visit_elsewhere(opened: Stage) -> tuple[int, list[str], int, int]:
    alder, hub, served = (
        opened.ground.shops["alder"],
        opened.ground.hub,
        opened.network(),
    )
    shop, network = (
        f"http://{h}:{served.port}" for h in (alder.host["host"], "localhost")
    )
    ours = [f"{shop}/", f"{shop}/account/login/", f"{shop}/admin/", f"{shop}/checkout/"]
    ours += [f"{network}/platform/"]
    cookie, of_admin = (
        visits.a_session(alder, alder.owner),
        visits.a_session(hub, hub.people["admin"]),
    )
    with (
        browser.chrome() as chrome,
        _elsewhere([], "") as plain,
        _elsewhere([*ours, plain], f"{shop}/basket/add/") as foreign,
    ):
        tab = browser.a_tab(chrome, served, alder.host["host"], cookie, browser.DESK)
        admin = {"name": "sessionid", "value": of_admin, "url": network}
        tab.context.add_cookies([admin])
        tab.goto(foreign, wait_until="load")
        shown = [frame.url for frame in tab.main_frame.child_frames]
        with tab.expect_navigation() as landed:
            tab.click("button")
        status = landed.value.status
    ours_shown = [url for url in shown if "localhost" in url]
    return len(ours), ours_shown, shown.count(plain), status


CHECKS = [Check("browser: other sites", other_sites)]
