"""The proxy does to connections what it says."""

import contextlib
import socket
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest
from chaos.proxy import Proxy


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            while data := self.request.recv(1024):
                self.request.sendall(data)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        with Proxy(*server.server_address) as proxy:
            yield proxy
        server.shutdown()


def connect(proxy: Proxy, *, patience: float = 5) -> socket.socket:
    return socket.create_connection(proxy.address, patience)


def echo(connection: socket.socket, word: bytes = b"hello") -> bytes:
    connection.sendall(word)
    return connection.recv(1024)


def test_it_carries_both_ways(proxy):
    with connect(proxy) as client:
        assert echo(client) == b"hello"


def test_one_side_may_end_and_still_listen(proxy):
    with connect(proxy) as client:
        client.sendall(b"last words")
        client.shutdown(socket.SHUT_WR)

        assert client.recv(1024) == b"last words"
        assert client.recv(1024) == b""


def test_it_makes_data_late(proxy):
    proxy.latency = 0.1
    with connect(proxy) as client:
        started = time.monotonic()

        assert echo(client) == b"hello"
        assert time.monotonic() - started >= 0.2


def test_cut_ends_connections_and_refuses_new_ones(proxy):
    with connect(proxy) as client:
        echo(client)

        proxy.cut()

        assert client.recv(1024) == b""
        with connect(proxy) as other:
            assert other.recv(1024) == b""


def test_reset_breaks_connections_off(proxy):
    with connect(proxy) as client:
        echo(client)

        proxy.reset()

        with pytest.raises(ConnectionResetError):
            client.recv(1024)


def test_a_black_hole_answers_nobody_until_healed(proxy):
    with connect(proxy) as before, connect(proxy, patience=0.2) as impatient:
        echo(before)
        proxy.black_hole()

        with pytest.raises(TimeoutError):
            echo(impatient)
        with connect(proxy) as during:
            during.sendall(b"anybody?")
            proxy.heal()

            assert during.recv(1024) == b"anybody?"
            assert echo(before, b"still here") == b"still here"


def test_drop_breaks_off_once(proxy):
    with connect(proxy) as client:
        echo(client)

        proxy.drop()

        with pytest.raises(ConnectionResetError):
            client.recv(1024)
        with connect(proxy) as other:
            assert echo(other) == b"hello"
