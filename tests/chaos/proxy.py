"""A TCP proxy that fails on command: slow, cut, reset, or silent as a black hole.

It runs in a thread of its own. What it is told holds for the connections it carries
and for new ones, until it is told to heal.
"""

import asyncio
import contextlib
import enum
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any

LOOPBACK = "127.0.0.1"
CHUNK = 64 * 1024
#: Closing sends RST, as a machine that crashes would.
NO_LINGER = struct.pack("ii", 1, 0)


class Mode(enum.Enum):
    """What becomes of a connection."""

    OPEN = "carried"
    CUT = "closed in an orderly way, as by a server that stops"
    RESET = "reset, as by a machine that crashed"
    BLACK_HOLE = "accepted and carried nowhere, as by a lost cable"


class Proxy:
    """Use it as a context manager; clients connect to `address`."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.address = (LOOPBACK, 0)
        #: Seconds that each piece of data is late, in either direction.
        self.latency = 0.0
        self.accepted = 0
        self._mode = Mode.OPEN
        self._loop = asyncio.new_event_loop()
        self._carried = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    # What it is told

    def cut(self) -> None:
        """Close all connections and every new one."""
        self._run(self._turn(Mode.CUT))

    def reset(self) -> None:
        """Reset all connections and every new one."""
        self._run(self._turn(Mode.RESET))

    def black_hole(self) -> None:
        """Accept connections and carry nothing; what was said arrives after healing."""
        self._run(self._turn(Mode.BLACK_HOLE))

    def slow_down(self, latency: float) -> None:
        """Make each piece of data late by so many seconds, in either direction."""
        self.latency = latency

    def heal(self) -> None:
        """Carry everything again, at once."""
        self.latency = 0.0
        self._run(self._turn(Mode.OPEN))

    def drop(self) -> None:
        """Reset the connections of this moment; new ones are carried."""
        self.reset()
        self.heal()

    # How it works

    def __enter__(self) -> "Proxy":
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _listen(self) -> None:
        self._carried.set()
        self._server = await asyncio.start_server(
            self._serve, *self.address, backlog=1024
        )
        self.address = self._server.sockets[0].getsockname()

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        await self._turn(Mode.RESET)
        others = asyncio.all_tasks(self._loop) - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _turn(self, mode: Mode) -> None:
        self._mode = mode
        if mode is Mode.BLACK_HOLE:
            self._carried.clear()
            return
        if mode is not Mode.OPEN:
            for writer in list(self._writers):
                self._end(writer)
        self._carried.set()

    def _end(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        end: Callable[[], None] = writer.close
        if self._mode is Mode.RESET:
            connection = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            end = writer.transport.abort
        with contextlib.suppress(OSError, RuntimeError):
            end()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.accepted += 1
        self._writers.add(writer)
        try:
            await self._carried.wait()
            if self._mode in {Mode.CUT, Mode.RESET}:
                return
            with contextlib.suppress(OSError):
                await self._join(reader, writer)
        finally:
            self._end(writer)

    async def _join(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self.target)
        self._writers.add(far_writer)
        try:
            await asyncio.gather(
                self._pump(reader, far_writer), self._pump(far_reader, writer)
            )
        finally:
            self._end(far_writer)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(CHUNK):
            if self.latency:
                await asyncio.sleep(self.latency)
            await self._carried.wait()
            writer.write(data)
            await writer.drain()
        await self._carried.wait()
        # Each direction ends by itself: the other may still have something to say.
        with contextlib.suppress(OSError):
            writer.write_eof()
