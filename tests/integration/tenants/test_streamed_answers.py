"""What the server asks for when the request is over is its shop's all the same."""

import csv
import io

import pytest
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections
from django.http import FileResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.utils import timezone, translation
from factories import pages, staff
from wagtail.contrib.redirects.models import Redirect

from accounts.models import User
from tenants import context
from tenants.middleware import ShopMiddleware

HOST = {"host": "alder.localhost"}


@pytest.fixture
def server():
    """What a server calls; unlike Django's client it leaves the reading to its caller."""
    ends = (signals.request_started, signals.request_finished)
    for signal in ends:  # the connection is in the test's transaction
        signal.disconnect(close_old_connections)
    yield WSGIHandler()
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture
def moved_pages(alder):
    """Two addresses of old that lead to pages of alder's."""
    with context.inside(alder):
        found = {"/old-about": pages.a_page(), "/old-hours": pages.a_page(title="Open")}
        for address, page in found.items():
            Redirect.objects.create(old_path=address, redirect_page=page)
        return {address: page.url for address, page in found.items()}


def test_a_list_that_is_sent_row_by_row_is_whole(alder, moved_pages, server):
    with context.inside(alder):
        admin = User.objects.create_superuser("admin@example.com", "secret")
        cookies = staff.signed_in(admin).cookies
    asked = RequestFactory(headers=HOST)
    asked.cookies = cookies
    environ = asked.get("/admin/redirects/?export=csv").environ
    sent = []

    answer = server(environ, lambda status, _headers: sent.append(status))

    assert context.is_public()
    [status] = sent
    rows = [*csv.reader(io.StringIO(b"".join(answer).decode()))]
    answer.close()
    assert status == "200 OK"
    assert {row[0]: row[1] for row in rows[1:]} == moved_pages


def _answered(alder, response):
    return ShopMiddleware(lambda _request: response)(
        RequestFactory(headers=HOST).get("/")
    )


def test_each_part_is_made_in_the_zone_and_language_of_its_shop(alder):
    def parts():
        for _part in range(2):
            in_force = (
                context.current_shop().subdomain,
                timezone.get_current_timezone_name(),
                translation.get_language(),
            )
            yield "|".join(in_force)

    answer = _answered(alder, StreamingHttpResponse(parts()))

    expected = f"alder|{alder.time_zone}|{alder.language}".encode()
    for part in answer:
        assert part == expected
        assert context.is_public()
    assert timezone.get_current_timezone_name() == "UTC"


def test_who_leaves_in_the_middle_leaves_no_shop_in_force(alder):
    ended = []

    def parts():
        try:
            yield "one"
            yield "two"
        finally:
            ended.append(True)

    answer = _answered(alder, StreamingHttpResponse(parts()))
    assert next(iter(answer)) == b"one"
    answer.close()

    assert ended
    assert context.is_public()


def test_a_file_is_left_to_the_server(alder):
    file = FileResponse(io.BytesIO(b"a leaflet"))

    assert _answered(alder, file).file_to_stream is file.file_to_stream
