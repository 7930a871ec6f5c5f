"""Web's workers are replaced behind nginx while people read and fill baskets."""

import http.client
import re
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from support import deployment

from storefront.oscar_apps.catalogue.models import Product

PATIENCE = 60  # seconds for both workers; it takes a tenth of that
READERS, BUYERS, PAUSE = 2, 4, 0.02
MOST = 3  # of one product
STOPPED = "Stopped old worker"
WORKERS = re.compile(r"--workers=(\d+)")
SHOWN = re.compile(r'data-count="(\d+)"')


class Visitor:
    """Somebody in Clover's shop, over one connection to nginx."""

    def __init__(self, demo: deployment.Deployment) -> None:
        self.demo = demo
        self.cookie = "a=1"  # nothing that was kept is for them
        self.answers: list[tuple[float, int | str]] = []
        self.connection = http.client.HTTPSConnection(
            "127.0.0.1", demo.port, context=deployment.unverified(), timeout=30
        )

    def read(self, path: str = "/shop/") -> str:
        return self._ask("GET", path)

    def want(self, product: int, quantity: int) -> str:
        """Have exactly so many of a product in the basket, as a script sends it."""
        form = {"product": product, "quantity": quantity, "next": "/shop/"}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": self.demo.shop("clover", ""),
            "Sec-Fetch-Mode": "cors",
        }
        return self._ask("POST", "/basket/add/", body=urlencode(form), headers=headers)

    def _ask(self, method: str, path: str, *, body: str = "", **more) -> str:
        headers = {"Host": f"clover.localhost:{self.demo.port}", "Cookie": self.cookie}
        headers |= more.get("headers", {})
        began = time.monotonic()
        try:
            self.connection.request(method, path, body=body or None, headers=headers)
            answer = self.connection.getresponse()
            text = answer.read().decode()
        except OSError as error:
            self.connection.close()
            self.answers.append((began, repr(error)))
            return ""
        basket = answer.headers.get("Set-Cookie", "").partition(";")[0]
        if basket.startswith("__Host-basket="):
            self.cookie = basket
        self.answers.append((began, answer.status))
        return text


@pytest.fixture
def product(inside_clover) -> int:
    """Something Clover sells by the piece."""
    return Product.objects.filter(stockrecords__num_in_stock__gt=9)[0].pk


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_nobody_notices_that_web_is_replaced(demo, product):
    readers = [Visitor(demo) for _number in range(READERS)]
    buyers = [Visitor(demo) for _number in range(BUYERS)]
    workers = int(WORKERS.search(" ".join(deployment.command_of("web")))[1])
    is_over = threading.Event()

    def read(reader: Visitor) -> None:
        while not is_over.wait(PAUSE):
            reader.read()

    def buy(buyer: Visitor) -> None:
        while not is_over.wait(PAUSE):
            buyer.want(product, len(buyer.answers) % MOST + 1)

    with ThreadPoolExecutor(READERS + BUYERS) as people:
        at_work = [people.submit(read, one) for one in readers]
        at_work += [people.submit(buy, one) for one in buyers]
        try:
            _until(lambda: all(len(one.answers) > 3 for one in readers + buyers))
            before = demo.log("web").count(STOPPED)
            began = time.monotonic()
            demo.processes["web"].send_signal(signal.SIGHUP)
            _until(lambda: demo.log("web").count(STOPPED) == before + workers)
            ended = time.monotonic()
            time.sleep(0.5)
        finally:
            is_over.set()
    for each in at_work:
        each.result()

    for crowd, expected in ((readers, 200), (buyers, 302)):
        answers = [answer for one in crowd for answer in one.answers]
        assert {status for _at, status in answers} == {expected}
        # There were some to notice it.
        assert len([at for at, _status in answers if began < at < ended]) > 10
    for buyer in buyers:
        last = (len(buyer.answers) - 1) % MOST + 1
        assert set(SHOWN.findall(buyer.read("/basket/"))) == {str(last)}
