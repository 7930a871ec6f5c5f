"""The process for sockets answers sockets, says that it is well, and nothing else."""

import pytest
from channels.testing import HttpCommunicator

from quickcart import asgi, realtime


@pytest.mark.parametrize(("path", "status"), [("/healthz", 200), ("/", 404)])
async def test_it_serves_no_pages(path, status):
    answer = await HttpCommunicator(realtime.application, "GET", path).get_response()

    assert answer["status"] == status


def test_sockets_are_those_of_the_whole_application():
    mapping = realtime.application.application_mapping

    counted = mapping["websocket"]
    assert counted.application is asgi.application.application_mapping["websocket"]
