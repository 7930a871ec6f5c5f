"""What is answered as bad input is written down: it may be a mistake of ours."""

import logging
from types import SimpleNamespace

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import DataError
from django.http import HttpResponse
from django.test import RequestFactory
from wagtail.models import Page

from quickcart import errors, middleware


@pytest.fixture
def answer(monkeypatch):
    monkeypatch.setattr(errors, "bad_request", lambda request: HttpResponse(status=400))
    door = middleware.BadInputMiddleware(lambda request: HttpResponse())
    return lambda error: door.process_exception(RequestFactory().get("/there/"), error)


def test_a_number_too_large_to_reckon_with_is_bad_input(answer):
    assert answer(OverflowError("too large for a float")).status_code == 400


def test_an_error_taken_for_bad_input_is_logged_with_its_traceback(answer, caplog):
    with caplog.at_level(logging.WARNING):
        response = answer(DataError("integer out of range"))

    assert response.status_code == 400
    [record] = caplog.records
    assert "/there/" in record.getMessage()
    assert record.exc_info[0] is DataError


def test_any_other_error_is_left_to_fly(answer, caplog):
    assert answer(ZeroDivisionError()) is None
    assert not caplog.records


@pytest.mark.parametrize(
    ("view_name", "error", "status"),
    [
        ("wagtailadmin_choose_page_external_link", AttributeError, 400),
        ("wagtailredirects:process_import", KeyError, 400),
        ("wagtailredirects:process_import", ZeroDivisionError, None),
        ("wagtailadmin_pages:copy", Page.DoesNotExist, 400),
        ("wagtailadmin_pages:copy", ObjectDoesNotExist, None),
        ("wagtailadmin_pages:copy", AttributeError, None),
        ("wagtailadmin_pages:revisions_revert", AttributeError, 400),
        ("wagtailadmin_pages:revisions_revert", KeyError, None),
        ("wagtailadmin_pages:revisions_revert", Page.DoesNotExist, None),
        ("wagtailadmin_home", Page.DoesNotExist, None),
        ("wagtailadmin_home", AttributeError, None),
    ],
)
def test_a_screen_known_to_trust_its_body_is_answered_for(
    monkeypatch, view_name, error, status
):
    monkeypatch.setattr(errors, "bad_request", lambda request: HttpResponse(status=400))
    door = middleware.BadInputMiddleware(lambda request: HttpResponse())
    request = RequestFactory().post("/there/")
    request.resolver_match = SimpleNamespace(view_name=view_name)

    response = door.process_exception(request, error("no such thing"))

    assert (response and response.status_code) == status


def test_an_attribute_that_something_lacks_is_a_mistake_of_ours():
    door = middleware.BadInputMiddleware(lambda request: HttpResponse())
    request = RequestFactory().post("/there/")
    view_name = "wagtailadmin_pages:revisions_revert"
    request.resolver_match = SimpleNamespace(view_name=view_name)
    mistake = AttributeError("no such thing", name="titel", obj=request)

    assert door.process_exception(request, mistake) is None
